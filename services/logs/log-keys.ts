/** Which log: that of a room, or a user's own. */
export interface LogName {
  readonly kind: "room" | "user";
  readonly id: string;
}

/** Redis names of one log. All share the hash tag `{kind:id}`, so one script can touch them in a cluster as well. */
export interface LogKeys {
  readonly log: string;
  readonly head: string;
  readonly idsEven: string;
  readonly idsOdd: string;
  readonly overlay: string;
  /** Sharded pub/sub channel on which the log is followed. */
  readonly channel: string;
}

/** `name` of what else belongs to the owner of a log and lives in its hash slot. */
export function slotKey(prefix: string, log: LogName, name: string): string {
  return `${prefix}{${log.kind}:${log.id}}:${name}`;
}

export function logKeys(prefix: string, log: LogName): LogKeys {
  return {
    log: slotKey(prefix, log, "log"),
    head: slotKey(prefix, log, "head"),
    idsEven: slotKey(prefix, log, "ids:0"),
    idsOdd: slotKey(prefix, log, "ids:1"),
    overlay: slotKey(prefix, log, "overlay"),
    channel: slotKey(prefix, log, "feed"),
  };
}
