/** Every interval of presence, in milliseconds, with its reason. Injectable, so that tests need not live through them. */
export interface PresenceTimes {
  readonly leaseTtlMs: number;
  readonly refreshEveryMs: number;
  readonly graceMs: number;
  readonly reapGraceMs: number;
  readonly numberRestMs: number;
  readonly endedSessionMs: number;
  readonly seenMs: number;
  readonly tickEveryMs: number;
  readonly tidyEveryMs: number;
  readonly leaderTtlMs: number;
  readonly leadEveryMs: number;
  readonly standbyEveryMs: number;
  readonly maxSilenceMs: number;
  readonly checkDeltasEveryMs: number;
  readonly retryEveryMs: number;
}

export const presenceTimes: PresenceTimes = {
  /**
   * How long a node is believed without a word from it. Killed at the worst moment, its users are gone after
   * lease + reap grace + three ticks = 9 s, within the promised 12 s.
   */
  leaseTtlMs: 6_000,
  /** Two refreshes may fail, each after its 1.8 s timeout, before the lease runs out. */
  refreshEveryMs: 2_000,
  /** A reload, or a walk from one access point to the next, takes less; with a tick it keeps the promised 7 s. */
  graceMs: 5_000,
  /** The users of a dead node have been reconnecting elsewhere for the length of the lease already. */
  reapGraceMs: 2_500,
  /** So that `/msg 3` written with the list of a few minutes ago in mind does not reach a stranger. */
  numberRestMs: 10 * 60_000,
  /** For so long no node can register a connection of a session that has ended; longer than any node stays paused. */
  endedSessionMs: 60 * 60_000,
  /** "Last seen" says something for so long; a guest who stays away longer is a stranger, whose status goes with it. */
  seenMs: 30 * 24 * 60 * 60_000,
  /** The batch of a delta: not noticed by a person, and seven deltas a second at most for every node. */
  tickEveryMs: 150,
  /** Ripening numbers and checking the list need not be prompt: done when the leader looks anyway. */
  tidyEveryMs: 1_000,
  /** A leader that died is replaced after this: the standby knows when it is over. */
  leaderTtlMs: 3_000,
  /**
   * The leader is told when there is something to do. Should that be lost, it looks so often by itself: a sign-in is shown within
   * the promised second all the same, and no grace can end before the leader knows of it.
   */
  leadEveryMs: 750,
  /** Says that it is there; less than half of how long that counts. */
  standbyEveryMs: 1_000,
  /**
   * A longer silence between two looks at Redis time means that Redis or the leader stood still, and that nodes may
   * have been unable to refresh. With the refresh interval it stays below the lease, so that none can run out unnoticed;
   * a leader that a busy machine holds up for a second need not be careful for that.
   */
  maxSilenceMs: 2_500,
  /** A lost last delta is noticed within this and one timeout: 5 s. */
  checkDeltasEveryMs: 3_000,
  /** After a failure, without anything new to do. */
  retryEveryMs: 500,
};
