import { describe, expect, it } from "vitest";
import { createOriginCheck } from "../../services/chat/http/origins.ts";

const asked = (origin: string | undefined, host: string | undefined = "chat.example.org") => ({
  headers: { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) },
});

describe("the origin of a request", () => {
  const check = createOriginCheck(["https://intranet.example", "http://127.0.0.1:5173"]);

  it("may be absent: no page asks then", () => {
    expect(check(asked(undefined))).toBe(true);
  });

  it("may be the host that was asked, whether a proxy ended TLS or not", () => {
    expect(check(asked("https://chat.example.org"))).toBe(true);
    expect(check(asked("http://chat.example.org"))).toBe(true);
    expect(check(asked("http://127.0.0.1:3000", "127.0.0.1:3000"))).toBe(true);
    expect(check(asked("http://[::1]:3000", "[::1]:3000"))).toBe(true);
  });

  it("may be one that is listed, exactly", () => {
    expect(check(asked("https://intranet.example"))).toBe(true);
    expect(check(asked("http://127.0.0.1:5173"))).toBe(true);
    for (const near of [
      "http://intranet.example",
      "https://intranet.example:8443",
      "https://intranet.example.evil.example",
      "https://evil.example/https://intranet.example",
      "https://a.intranet.example",
      "HTTPS://INTRANET.EXAMPLE.",
    ])
      expect(check(asked(near)), near).toBe(false);
  });

  it.each([
    ["another host", "https://evil.example"],
    ["another port", "https://chat.example.org:8443"],
    ["a host that ends alike", "https://evilchat.example.org"],
    ["a host that starts alike", "https://chat.example.org.evil.example"],
    ["a host as a user name", "https://chat.example.org@evil.example"],
    ["a sandboxed page", "null"],
    ["an empty one", ""],
    ["no address", "chat.example.org"],
    ["a file", "file://"],
    ["a star", "*"],
  ])("may not be %s", (_, origin) => {
    expect(check(asked(origin))).toBe(false);
  });

  it("cannot be compared without a host", () => {
    expect(check({ headers: { origin: "https://chat.example.org" } })).toBe(false);
    expect(check({ headers: { origin: "https://intranet.example" } })).toBe(true);
  });

  it("may be any when the list says so", () => {
    const open = createOriginCheck(["*"]);
    for (const origin of ["https://evil.example", "null", ""]) expect(open(asked(origin))).toBe(true);
  });

  it("may only be the own host when nothing is listed", () => {
    const closed = createOriginCheck([]);
    expect(closed(asked("https://chat.example.org"))).toBe(true);
    expect(closed(asked("https://intranet.example"))).toBe(false);
  });
});
