/** Times of a feed, ms. */
export interface FeedTimes {
  /**
   * The API server ends each watch after this and the next one goes on from where it ended: a watch that died unseen loses
   * no change and is found out soon. It costs a request, never a list.
   */
  readonly lifeMs: number;
  /** So much later than that, a watch that has not ended is taken for dead. */
  readonly graceMs: number;
  /** How long opening a watch may take before what is known counts as old. */
  readonly lateMs: number;
  /** How long opening a watch may take in all. */
  readonly openMs: number;
  /** A feed that nobody has read for so long ends. */
  readonly idleMs: number;
  /** A watch that is refused, or never comes about, is tried again after this at the latest; meanwhile all is read from the API server. */
  readonly refusedMs: number;
}

export const feedTimes: FeedTimes = {
  lifeMs: 10_000,
  graceMs: 3000,
  lateMs: 1000,
  openMs: 5000,
  idleMs: 60_000,
  refusedMs: 60_000,
};
