import { z } from "zod";
import {
  clusterQuerySchema,
  clusterSchema,
  errorCatalogue,
  errorSchema,
  grantSchema,
  messagePageSchema,
  messagesQuerySchema,
  postMessageSchema,
  requests,
  sessionSchema,
  signInSchema,
  usersQuerySchema,
} from "../../protocol/index.ts";

interface Operation {
  readonly method: "get" | "post" | "delete";
  readonly path: string;
  readonly summary: string;
  readonly bearer?: "session" | "administrator";
  readonly query?: z.ZodType;
  readonly headers?: readonly { name: string; description: string }[];
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<string, { description: string; schema?: z.ZodType }>>;
}

const userPage = requests["users:list"].answer;
const sent = requests["message:send"].answer;

const operations: readonly Operation[] = [
  {
    method: "post",
    path: "/api/session",
    summary: "Sign in as a guest",
    body: signInSchema,
    answers: { 201: { description: "Signed in", schema: sessionSchema } },
  },
  {
    method: "post",
    path: "/api/session/renew",
    summary: "Get a fresh token for the same session",
    bearer: "session",
    answers: { 200: { description: "A fresh token", schema: sessionSchema } },
  },
  {
    method: "delete",
    path: "/api/session",
    summary: "Sign out: the token is revoked and every socket of the session closes",
    bearer: "session",
    answers: { 204: { description: "Signed out" } },
  },
  {
    method: "get",
    path: "/api/users",
    summary: "Who is online, by name",
    bearer: "session",
    query: usersQuerySchema,
    answers: { 200: { description: "A page of users", schema: userPage } },
  },
  {
    method: "get",
    path: "/api/rooms/{id}/messages",
    summary: "A page of messages, oldest first",
    bearer: "session",
    query: messagesQuerySchema,
    answers: {
      200: { description: "A page of messages", schema: messagePageSchema },
    },
  },
  {
    method: "post",
    path: "/api/rooms/{id}/messages",
    summary: "Send a message; the same Idempotency-Key again stores it once",
    bearer: "session",
    headers: [{ name: "Idempotency-Key", description: "UUID that names the message" }],
    body: postMessageSchema,
    answers: {
      201: { description: "Stored", schema: sent },
      200: { description: "Was stored before under this key", schema: sent },
    },
  },
  {
    method: "post",
    path: "/api/rooms/{id}/roles",
    summary: "Give somebody a role in a room; the lobby, which nobody owns, gets its moderators so",
    bearer: "administrator",
    body: grantSchema,
    answers: { 200: { description: "They have it", schema: requests["room:role"].answer } },
  },
  {
    method: "get",
    path: "/api/cluster",
    summary: "Nodes, presence service, Redis, and every online user with address and node",
    bearer: "administrator",
    query: clusterQuerySchema,
    answers: { 200: { description: "The cluster", schema: clusterSchema } },
  },
];

/** The HTTP API as an OpenAPI 3.1 document, made from the schemas that validate. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: describeOperation(operation),
    };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version,
      description: "HTTP API of a Parley chat cluster",
    },
    paths,
    components: {
      schemas: {
        Error: {
          type: "object",
          required: ["error"],
          properties: { error: jsonSchema(errorSchema, "output") },
        },
      },
      securitySchemes: {
        session: {
          type: "http",
          scheme: "bearer",
          description: "Token of a session",
        },
        administrator: {
          type: "http",
          scheme: "bearer",
          description: "ADMIN_TOKEN of the nodes",
        },
      },
    },
  };
}

function describeOperation(operation: Operation): object {
  const parameters = [
    ...(operation.path.includes("{id}")
      ? [
          {
            name: "id",
            in: "path",
            required: true,
            schema: { type: "string" },
            description: "Id of the room",
          },
        ]
      : []),
    ...(operation.query ? queryParameters(operation.query) : []),
    ...(operation.headers ?? []).map((header) => ({
      ...header,
      in: "header",
      required: true,
      schema: { type: "string" },
    })),
  ];
  const answers = Object.entries(operation.answers).map(([status, { description, schema }]) => [
    status,
    schema ? { description, content: json(jsonSchema(schema, "output")) } : { description },
  ]);
  const errors = Object.entries(errorCatalogue).map(([code, { status, meaning }]) => [
    String(status),
    {
      description: `${code}: ${meaning}`,
      content: json({ $ref: "#/components/schemas/Error" }),
    },
  ]);
  return {
    summary: operation.summary,
    ...(operation.bearer ? { security: [{ [operation.bearer]: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(operation.body
      ? {
          requestBody: {
            required: true,
            content: json(jsonSchema(operation.body, "input")),
          },
        }
      : {}),
    responses: Object.fromEntries([...answers, ...errors]),
  };
}

function queryParameters(query: z.ZodType): object[] {
  const schema = jsonSchema(query, "input") as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: "query",
    required: schema.required?.includes(name) ?? false,
    schema: property,
  }));
}

function json(schema: object) {
  return { "application/json": { schema } };
}

/** Normalising transforms (trimming a name) have no JSON Schema of their own; what they take and give is text. */
function jsonSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
  });
  return rest;
}
