import { z } from "zod";
import { openApiDocument } from "../../services/chat/http/openapi.ts";
import { errorCatalogue, notices, requests } from "../../services/protocol/index.ts";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly description?: string;
  readonly $ref?: string;
}

/** The page `docs/protocol.md`, made from the schemas that validate; a test compares the two. */
export function protocolPage(): string {
  return [
    "# The public protocol",
    "",
    "Made from `services/protocol` by `npm run docs`; do not edit. The HTTP API is also served as an OpenAPI document at",
    "`/api/openapi.json`.",
    "",
    "Socket.IO v4, path `/socket.io/`, main namespace, JSON parser. The handshake carries `auth: {token}`, or",
    "`auth: {name, key?}` to register as a guest in one step. Times are ISO 8601 in UTC. Every request takes an",
    "acknowledgement, answered with `{ok: true, …}` or `{ok: false, error: {code, message, field?, retryAfterMs?}}`.",
    "",
    "A log is a dense sequence of events; a cursor names a position in it and the history before it. A client that connects",
    "takes `welcome`, holds live events back, asks `room:sync` with the cursors it kept, applies the answer, then what was",
    "held (dropping every `seq` it has seen), and goes on.",
    "",
    "## Errors",
    "",
    "| code | HTTP | the same request can succeed later | meaning |",
    "| --- | --- | --- | --- |",
    ...Object.entries(errorCatalogue).map(
      ([code, { status, retry, meaning }]) =>
        `| \`${code}\` | ${status} | ${retry ? "yes" : "no"} | ${meaning} |`,
    ),
    "",
    "## Requests (client to server)",
    "",
    ...Object.entries(requests).flatMap(([name, { does, payload, answer }]) => [
      `### \`${name}\``,
      "",
      `${does}.`,
      "",
      ...fields("sends", schemaOf(payload, "input")),
      ...fields("is answered", schemaOf(answer, "output")),
    ]),
    "## Notices (server to client)",
    "",
    ...Object.entries(notices).flatMap(([name, { says, payload }]) => [
      `### \`${name}\``,
      "",
      `${says}.`,
      "",
      ...fields("carries", schemaOf(payload, "output")),
    ]),
    "## HTTP",
    "",
    "| request | what it does |",
    "| --- | --- |",
    ...httpRows(),
    "| `GET /healthz` | 200: the process lives |",
    "| `GET /readyz` | 200: everything it needs is reachable; else 503 and what is missing |",
    "| `GET /lb` | for the balancer: 200 unless the node drains, then 404 |",
    "| `GET /metrics` | Prometheus |",
    "",
  ].join("\n");
}

function httpRows(): string[] {
  const { paths } = openApiDocument("") as { paths: Record<string, Record<string, { summary: string }>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, { summary }]) => `| \`${method.toUpperCase()} ${path}\` | ${summary} |`,
    ),
  );
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  return z.toJSONSchema(schema, { io, unrepresentable: "any" }) as JsonSchema;
}

function fields(verb: string, schema: JsonSchema): string[] {
  const properties = Object.entries(schema.properties ?? {});
  if (!schema.properties) return [`It ${verb} \`${typeOf(schema)}\`.`, ""];
  if (properties.length === 0) return [`It ${verb} nothing further.`, ""];
  return [
    `| it ${verb} | type | |`,
    "| --- | --- | --- |",
    ...properties.map(([name, property]) => {
      const optional = schema.required?.includes(name) ? "" : "?";
      return `| \`${name}${optional}\` | \`${typeOf(property).replaceAll("|", "\\|")}\` | ${property.description ?? ""} |`;
    }),
    "",
  ];
}

/** A type in the notation of the page; objects are written out to a small depth. */
function typeOf(schema: JsonSchema, depth = 0): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map((one) => typeOf(one, depth)))].join(" | ");
  if (schema.type === "array") return `[${schema.items ? typeOf(schema.items, depth) : "…"}]`;
  if (schema.properties) {
    if (depth > 1) return "{…}";
    const inside = Object.entries(schema.properties).map(([name, property]) => {
      const optional = schema.required?.includes(name) ? "" : "?";
      const type = typeOf(property, depth + 1);
      return type === "string" ? `${name}${optional}` : `${name}${optional}: ${type}`;
    });
    return `{${inside.join(", ")}}`;
  }
  if (typeof schema.additionalProperties === "object")
    return `{[key]: ${typeOf(schema.additionalProperties, depth)}}`;
  if (Array.isArray(schema.type)) return schema.type.join(" | ");
  return typeof schema.type === "string" ? schema.type : "any";
}
