import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { loadScript } from "../../services/platform/redis-script.ts";
import { startOwnRedis } from "../systems/system.ts";
import { createFindings, pick, type Workload } from "./workload.ts";

/** Redis alone, told what a send tells it, in pipelines: what each part of the script costs. */
const sendScript = loadScript("send.lua", new URL("../../services/messages/", import.meta.url).href);
const takeScript = loadScript("take.lua", new URL("../../services/limits/", import.meta.url).href);

const pipelined = 512;
const together = 16;
const rooms = 100;
const text = "x".repeat(100);

/** The least that could be called a log: what the id was given, a number, the event, the channel. No member, no chain, no slow mode. */
const naive = `
local known = redis.call('GET', KEYS[3] .. ':' .. ARGV[4])
if known then return known end
local seq = redis.call('INCR', KEYS[2] .. ':naive')
redis.call('XADD', KEYS[1] .. ':naive', seq .. '-0', 'e', ARGV[8])
redis.call('SET', KEYS[3] .. ':' .. ARGV[4], seq, 'EX', 86400)
redis.call('SPUBLISH', ARGV[3], seq .. ' ' .. ARGV[8])
return seq`;

/** What a send costs is what these cost, one more thing at a time. Keys and arguments are those of send.lua. */
const parts: readonly [what: string, lines: string][] = [
  ["a script that does nothing", ""],
  ["and asks for the time", "redis.call('TIME')"],
  ["and sees whether the author is a member", "redis.call('ZSCORE', KEYS[6], ARGV[9])"],
  [
    "and reads the head of the log",
    "local head = redis.call('HMGET', KEYS[2], 'seq', 'n', 'chain', 'period', 'other', 'guard')",
  ],
  [
    "and looks for the id as it notes it",
    "local seq = string.format('%d', (head[1] or 0) + 1) redis.call('HSETNX', KEYS[3] .. ':parts', ARGV[4], seq .. ' ' .. ARGV[5])",
  ],
  [
    "and extends the chain",
    "local chain = string.sub(redis.sha1hex((head[3] or '0') .. ARGV[1]), 1, 16) redis.call('HSET', KEYS[2], 'seq', seq, 'n', seq, 'chain', chain, 'at', '0')",
  ],
];
const steps = parts.map(([what], i) => ({
  what,
  source: [...parts.slice(0, i + 1).map(([, lines]) => lines), "return 1"].join("\n"),
}));

export const redisSendParts: Workload = {
  name: "redis-send-parts",
  about: "What the parts of a send cost Redis when sends of many users come in one go",
  async run({ length, progress, own }) {
    const { sends, times } = pick(length, {
      short: { sends: 5_120, times: 1 },
      full: { sends: 20_480, times: 5 },
    });
    const findings = createFindings(
      `Redis alone, ${pipelined} sends in each pipeline, ${rooms} rooms, 100 bytes of text, appendfsync everysec`,
    );
    const server = await own(startOwnRedis("everysec"));
    const redis = new Redis(server.url);
    try {
      const user = "u0123456789abcdef";
      const keysOf = (room: number) => {
        const key = (name: string) => `parley:{room:${room}}:${name}`;
        return ["log", "head", "ids:0", "ids:1", "meta", "members", `spoke:${user}`].map(key);
      };
      for (let room = 0; room < rooms; room++) await redis.zadd(`parley:{room:${room}}:members`, 0, user);
      const call = () => randomUUID().slice(-12);
      const argsOf = (room: number) => {
        const id = randomUUID();
        const body = `"id":"${id}","type":"message","by":{"id":"${user}","name":"bench 1"},"text":"${text}"}`;
        return ["0", `parley:{room:${room}}:feed`, id, "abcdefghijkl", "message", "1", body, user, user];
      };
      type Pipeline = ReturnType<Redis["pipeline"]>;
      const script = (source: string) => async () => {
        const sha1 = String(await redis.script("LOAD", source));
        return (pipeline: Pipeline, room: number) =>
          pipeline.evalsha(sha1, 7, ...keysOf(room), call(), ...argsOf(room));
      };
      const rows: {
        what: string;
        sendsACall?: number;
        prepare: () => Promise<(pipeline: Pipeline, room: number) => unknown>;
      }[] = [
        {
          what: "a bare SPUBLISH",
          prepare: async () => (pipeline: Pipeline, room: number) =>
            pipeline.spublish(`parley:{room:${room}}:feed`, argsOf(room).join(" ")),
        },
        ...steps.map(({ what, source }) => ({ what, prepare: script(source) })),
        {
          what: "for comparison, a naive log: GET, INCR, XADD, SET and SPUBLISH in a script",
          prepare: script(naive),
        },
        {
          what: "all of send.lua: also stores and publishes",
          prepare: script(sendScript.source),
        },
        {
          what: `the same, ${together} sends in one call, as nodes do when many send`,
          sendsACall: together,
          prepare: async () => {
            const sha1 = String(await redis.script("LOAD", sendScript.source));
            return (pipeline: Pipeline, room: number) => {
              const those = Array.from({ length: together }, (_, i) => (room + i) % rooms);
              const keys = those.flatMap(keysOf);
              pipeline.evalsha(sha1, keys.length, ...keys, call(), ...those.flatMap(argsOf));
            };
          },
        },
        {
          what: "take.lua, the limit on messages, before one in eight of them",
          prepare: async () => {
            const sha1 = String(await redis.script("LOAD", takeScript.source));
            return (pipeline: Pipeline, room: number) =>
              pipeline.evalsha(sha1, 1, `parley:{user:${room}}:limit:messages`, "0.001", "1000000", "8");
          },
        },
      ];
      for (let time = 0; time < times; time++) {
        for (const [i, { what, prepare, sendsACall = 1 }] of rows.entries()) {
          progress(`${what}, ${time + 1}/${times}`, (time + i / rows.length) / times);
          const add = await prepare();
          const before = await server.probe.cpuMicroseconds();
          for (let sent = 0; sent < sends; sent += pipelined) {
            const pipeline = redis.pipeline();
            for (let k = 0; k < pipelined; k += sendsACall) add(pipeline, (sent + k) % rooms);
            const replies = await pipeline.exec();
            const failure = replies?.find(([error]) => error);
            if (failure) throw failure[0];
          }
          const used = (await server.probe.cpuMicroseconds()) - before;
          findings.add("Redis", what, "µs", used / sends);
        }
      }
    } finally {
      redis.disconnect();
    }
    return findings;
  },
};
