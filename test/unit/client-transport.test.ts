import { afterEach, expect, it } from "vitest";
import { createClient, type ParleyClient } from "../../web/client/index.ts";
import { eventually } from "../support/wait.ts";
import { lobby } from "./client-stand-in.ts";
import { startStubServer } from "./client-stub-server.ts";

const running: {
  client?: ParleyClient;
  server?: Awaited<ReturnType<typeof startStubServer>>;
} = {};
afterEach(async () => {
  running.client?.close();
  await running.server?.close();
});

it("over a real transport: sends, hears, and misses nothing while it is away", async () => {
  const server = await startStubServer();
  const client = createClient({
    url: server.url,
    credentials: { name: "ada", key: "0123456789abcdef" },
  });
  Object.assign(running, { server, client });
  const heard: (string | undefined)[] = [];
  const states: string[] = [];
  client.listen((event) => {
    if (event.type === "events")
      for (const entry of event.events) if (entry.type === "message") heard.push(entry.text);
    if (event.type === "connection") states.push(event.state);
  });
  client.connect();
  client.send(lobby, "one");
  await eventually(() => heard.length === 1);

  // Told, not looked for: it may be back before one looks.
  const offline = new Promise<void>((resolve) => {
    client.listen((event) => {
      if (event.type === "connection" && event.state === "offline") resolve();
    });
  });
  server.cut();
  await offline;
  server.say("two");
  client.send(lobby, "three");
  await eventually(() => heard.length === 3);
  expect(heard).toEqual(["one", "two", "three"]);
  await eventually(() => client.outbox.length === 0);
  expect(server.texts()).toEqual(["one", "two", "three"]);
  expect(states).toEqual(["online", "offline", "online"]);
  expect(server.handshakes).toEqual([{ name: "ada", key: "0123456789abcdef" }, { token: "t1" }]);
});

it("learns from the handshake why it is refused", async () => {
  const server = await startStubServer();
  server.refuseHandshakes({ code: "conflict", message: "The name is taken." });
  const client = createClient({
    url: server.url,
    credentials: { name: "ada", key: "0123456789abcdef" },
  });
  Object.assign(running, { server, client });
  const errors: unknown[] = [];
  client.listen((event) => {
    if (event.type === "connection") errors.push([event.state, event.error?.message]);
  });
  client.connect();
  await eventually(() => client.connection === "ended");
  expect(errors).toEqual([["ended", "The name is taken."]]);
});
