import type { IncomingMessage } from "node:http";
import express from "express";
import { describe, expect, it } from "vitest";
import { addressOf, networkOf, type TrustProxy } from "../../services/chat/http/address.ts";
import { trustOf } from "../../services/chat/http/app.ts";

/** The trust that Express makes of `TRUST_PROXY`. */
function trusting(...proxies: string[]): TrustProxy {
  const app = express();
  app.set("trust proxy", proxies.length === 0 ? false : proxies);
  return trustOf(app);
}

function request(remoteAddress: string | undefined, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe("the address of a client", () => {
  it("is that of its connection when no proxy is trusted, whatever it claims", () => {
    const trust = trusting();
    expect(addressOf(request("203.0.113.7"), trust)).toBe("203.0.113.7");
    expect(addressOf(request("203.0.113.7", "198.51.100.1"), trust)).toBe("203.0.113.7");
    expect(addressOf(request("127.0.0.1", "198.51.100.1"), trust)).toBe("127.0.0.1");
  });

  it("is what a trusted proxy says", () => {
    const trust = trusting("loopback");
    expect(addressOf(request("127.0.0.1", "203.0.113.7"), trust)).toBe("203.0.113.7");
    expect(addressOf(request("::1", "2001:db8::7"), trust)).toBe("2001:db8::7");
  });

  it("is not what a client wrote before the proxy added its part", () => {
    const trust = trusting("loopback");
    for (const spoofed of [
      "198.51.100.1",
      "127.0.0.1",
      "127.0.0.1, 127.0.0.1",
      "nonsense",
      "<script>",
      ",,,",
      "::1",
    ]) {
      expect(addressOf(request("127.0.0.1", `${spoofed}, 203.0.113.7`), trust)).toBe("203.0.113.7");
    }
  });

  it("is not what somebody says who is no trusted proxy", () => {
    const trust = trusting("10.0.0.0/8");
    expect(addressOf(request("203.0.113.7", "198.51.100.1"), trust)).toBe("203.0.113.7");
    expect(addressOf(request("127.0.0.1", "198.51.100.1"), trust)).toBe("127.0.0.1");
    expect(addressOf(request("11.0.0.1", "198.51.100.1"), trust)).toBe("11.0.0.1");
  });

  it("is found behind several trusted proxies, and the nearest that is not trusted counts", () => {
    const trust = trusting("loopback", "10.0.0.0/8");
    const chain = "198.51.100.1, 203.0.113.7, 10.1.2.3";
    expect(addressOf(request("127.0.0.1", chain), trust)).toBe("203.0.113.7");
    expect(addressOf(request("127.0.0.1", "203.0.113.7, 192.0.2.1, 10.1.2.3"), trust)).toBe("192.0.2.1");
  });

  it("is that of the proxy when it says nothing", () => {
    const trust = trusting("loopback");
    for (const nothing of [undefined, "", " , "])
      expect(addressOf(request("127.0.0.1", nothing), trust)).toBe("127.0.0.1");
  });

  it("is one and the same over IPv4 and over IPv6", () => {
    expect(addressOf(request("::ffff:203.0.113.7"), trusting())).toBe("203.0.113.7");
    expect(addressOf(request("::ffff:127.0.0.1", "::ffff:203.0.113.7"), trusting("loopback"))).toBe(
      "203.0.113.7",
    );
  });

  it("is unknown when the connection is gone already", () => {
    expect(addressOf(request(undefined), trusting())).toBe("unknown");
    expect(addressOf(request(undefined, "203.0.113.7"), trusting("loopback"))).toBe("unknown");
  });
});

describe("the network that limits count by", () => {
  it("is an IPv4 address as it is, and 64 bits of IPv6 however they are written", () => {
    expect(networkOf("203.0.113.7")).toBe("203.0.113.7");
    expect(networkOf("unknown")).toBe("unknown");
    expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(networkOf("2001:0DB8:0001:0002::9")).toBe("2001:db8:1:2::/64");
    expect(networkOf("2001:db8::9")).toBe("2001:db8:0:0::/64");
    expect(networkOf("::1")).toBe("0:0:0:0::/64");
  });
});
