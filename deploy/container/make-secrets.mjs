// The Compose file's one-shot: makes the secrets that the environment does not give, once, and keeps them in volumes.
// The token secret and the Redis password go to the services, the access list with the password's digest to Redis.
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

const services = "/run/parley";
const redis = "/run/redis-access";

/** The value given, or else the one kept, or else a new one; kept from then on. */
function secret(name, given) {
  const file = `${services}/${name}`;
  const kept = existsSync(file) ? readFileSync(file, "utf8") : "";
  const value = given || kept || randomBytes(32).toString("hex");
  write(file, value);
  return value;
}

/** Whoever has the volume may read it, and nobody write; the folder on the host is root's. */
function write(file, text) {
  // In the place of the one before, which cannot be written.
  writeFileSync(`${file}.new`, text);
  chmodSync(`${file}.new`, 0o444);
  renameSync(`${file}.new`, file);
}

secret("token-secret", process.env.TOKEN_SECRET);
const password = secret("redis-password", process.env.REDIS_PASSWORD);
if (!/^[\w.~-]+$/.test(password)) {
  process.exit(2);
}
const prefix = process.env.REDIS_PREFIX || "parley:";
const digest = createHash("sha256").update(password).digest("hex");
const commands = [
  "-@all",
  "+@connection",
  "+@read",
  "+@write",
  "+@pubsub",
  "+@transaction",
  "-@dangerous",
  "-@blocking",
  "+eval +evalsha +eval_ro +evalsha_ro +script|load +script|exists",
  "+info +time +wait +waitaof",
];
write(
  `${redis}/users.acl`,
  [
    // Nobody can be this user. Redis itself reads its append-only file as it, though, and would leave out every
    // transaction, which is every script, if it had no rights.
    "user default off resetpass ~* &* +@all",
    // For the health check: may only ask whether anybody is there.
    "user health on nopass resetkeys resetchannels -@all +ping",
    `user parley on #${digest} resetkeys ~${prefix}* resetchannels &${prefix}* ${commands.join(" ")}`,
    "",
  ].join("\n"),
);
