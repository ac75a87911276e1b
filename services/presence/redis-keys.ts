/**
 * Redis names of presence. All share one hash tag, so that each script sees the whole of it and stays in one slot. There
 * is a fixed number of them, whatever the number of users: a script never makes up a name.
 */
export function presenceKeys(prefix: string) {
  const named = (name: string) => `${prefix}{presence}:${name}`;
  return {
    /** Every key, in the order in which `state.lua` takes them. */
    all: keyNames.map(named),
    users: named("users"),
    online: named("online"),
    numbers: named("numbers"),
    deltas: named("deltas"),
    head: named("head"),
    published: named("published"),
    /** Sharded pub/sub channel of the deltas. */
    channel: named("delta-feed"),
    stirred: named("stirred"),
  };
}

const keyNames = [
  /** ZSET incarnation -> deadline: which nodes are believed. */
  "leases",
  /** HASH incarnation -> JSON of what the node says of itself once. */
  "nodes",
  /** HASH incarnation -> JSON of what it reports with each refresh. */
  "vitals",
  /** HASH incarnation -> xor of the ids of its connections. */
  "digests",
  /** SET of incarnations whose connections are being removed. */
  "retired",
  /** HASH connection -> JSON. */
  "connections",
  /** ZSET, score 0, `user NUL letter connection`; the letter is h(ere), a(way) or z (leaving). */
  "by-user",
  /** ZSET, score 0, `incarnation NUL connection`. */
  "by-node",
  /** ZSET connection -> deadline of its grace. */
  "leaving",
  /** ZSET, score 0, `incarnation NUL connection` that a sign-out removed and the node has not confirmed. */
  "ended",
  /** ZSET session -> until when it is refused. */
  "ended-sessions",
  /** HASH user -> JSON, of those online. */
  "users",
  /** ZSET, score 0, `folded name NUL user`, for pages. */
  "online",
  /** HASH number -> user, of numbers in use and resting. */
  "numbers",
  /** HASH user -> number, likewise. */
  "number-of",
  /** ZSET number -> when it may be given again. */
  "resting",
  /** ZSET number -> number: free again, smallest first. */
  "ready",
  /** The largest number given so far. */
  "top-number",
  /** ZSET user -> when the first change came that no delta has told yet. */
  "changed",
  /** HASH user -> JSON as the latest delta told it. */
  "published",
  /** STREAM of deltas, its ids their numbers. */
  "deltas",
  /** HASH seq, chain of the newest delta. */
  "head",
  /** HASH token, id, pid, since, until of the leading presence service. */
  "leader",
  /** ZSET presence service -> deadline. */
  "services",
  /** HASH user -> JSON, of those who are here without being shown. */
  "hidden",
  /** HASH user -> JSON of what they have set about themselves. */
  "statuses",
  /** ZSET user -> when what they have set ends. */
  "clearing",
  /** ZSET user -> when they were last seen, of those who are not shown. */
  "seen",
  /** Sharded pub/sub channel, no key: says to the presence services that there is something to do. */
  "stirred",
] as const;
