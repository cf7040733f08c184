import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectRef } from '../model/verdict.ts';
import { startLimit, unlessAborted } from './limit.ts';
import { collectionText } from './list.ts';
import type { CallOptions, KubeClient, KubeObject, ListOptions, ListResult, ReadOptions } from './types.ts';
import type { WatchFeed } from './watch-feed.ts';
import { holdsData, type WatchHub } from './watch-hub.ts';
import { objectKey, selectorTest } from './watched-object.ts';

/** What was read of a feed: all of it, or some objects, as they were. */
interface Seen {
  isRead: boolean;
  changes: number;
  all: boolean;
  readonly keys: Map<string, KubeObject | undefined>;
}

/** Two looks are at least so far apart, ms, so that a burst of changes is one look; a look that takes longer, as long as it took. */
const gapMs = 50;

/** Where everything is watched one looks again after this all the same: some verdicts are a matter of time. */
const safetyMs = 5000;

type Kind = { readonly apiVersion: string; readonly kind: string };

/**
 * One wait's view of a cluster. `kube` answers `get` and `list` from the hub's watches where it can, and goes to the API
 * server where it cannot: an object that a watch does not have (yet), a selector beyond equality, the data of a Secret. It
 * is for looking: what it gives lacks `managedFields` and may be a moment old, so nothing may be written back from it.
 */
export class WatchedReads {
  readonly kube: KubeClient;
  private readonly hub: WatchHub;
  private reads = new Map<WatchFeed, Seen>();
  private directCount = 0;
  private directBefore = 0;
  private beganAt = performance.now();

  constructor(hub: WatchHub) {
    const base = hub.kube;
    this.hub = hub;
    this.kube = Object.assign(Object.create(base) as KubeClient, {
      base,
      get: (ref: ObjectRef, options?: ReadOptions) => this.get(base, ref, options),
      list: (kind: Kind, options?: ListOptions) => this.list(base, kind, options),
      resource: (kind: Kind, options?: CallOptions) => hub.unlessTrouble(() => base.resource(kind, options)),
      resources: (options?: CallOptions) => hub.unlessTrouble(() => base.resources(options)),
    });
  }

  /** How many reads had to go to the API server so far, for want of a watch. */
  get direct(): number {
    return this.directCount;
  }

  /** A look begins: what the one before has read counts no more. */
  begin(): void {
    this.reads = new Map();
    this.directBefore = this.directCount;
    this.beganAt = performance.now();
  }

  /**
   * Ends when something that the look has read has changed; at the latest after `atMostMs`, and after `everyMs` where not
   * all of it is watched. Rejects (AbortError) when the signal does.
   */
  async change(limits: {
    readonly atMostMs: number;
    readonly everyMs: number;
    readonly signal: AbortSignal;
  }): Promise<void> {
    const now = performance.now();
    const nextLook = now + Math.max(gapMs, now - this.beganAt);
    const withinMs = Math.min(limits.atMostMs, this.isWatched() ? safetyMs : limits.everyMs);
    const end = now + withinMs;
    if (!this.hasChanged()) await this.nextChange(withinMs, limits.signal);
    const restMs = Math.min(nextLook, end) - performance.now();
    if (restMs > 0) await sleep(restMs, undefined, { signal: limits.signal });
  }

  private async get(base: KubeClient, ref: ObjectRef, options?: ReadOptions): Promise<KubeObject | undefined> {
    const feed = await this.feedFor(ref, ref.namespace, options);
    const direct = () => this.hub.unlessTrouble(() => base.get(ref, options));
    if (feed === undefined) return direct();
    const key = objectKey(ref);
    const object = feed.find(key);
    this.read(feed).keys.set(key, object);
    // What the watch does not have may have been made a moment ago, by ourselves.
    return object ?? direct();
  }

  private async list(base: KubeClient, kind: Kind, options?: ListOptions): Promise<ListResult> {
    const matches = options?.fieldSelector === undefined ? selectorTest(options?.labelSelector) : undefined;
    if (matches === undefined) this.directCount += 1;
    const feed = matches && (await this.feedFor(kind, options?.namespace, options));
    if (feed === undefined || matches === undefined) return this.hub.unlessTrouble(() => base.list(kind, options));
    this.read(feed).all = true;
    const items = feed.all();
    return {
      resourceVersion: feed.version,
      items: options?.labelSelector === undefined ? items : items.filter(matches),
    };
  }

  /** The feed to read, when it can be read; undefined when the API server has to be asked. */
  private async feedFor(
    kind: Kind,
    namespace: string | undefined,
    options: ReadOptions | undefined,
  ): Promise<WatchFeed | undefined> {
    if (holdsData(kind) && options?.metadataOnly !== true) {
      this.directCount += 1;
      return undefined;
    }
    const feed = this.hub.feed(kind, namespace);
    // Noted before it can be read: that it comes back is worth a look too.
    this.noted(feed);
    if (await this.untilReady(feed, options)) return feed;
    this.directCount += 1;
    return undefined;
  }

  private async untilReady(feed: WatchFeed, options: CallOptions | undefined): Promise<boolean> {
    if (feed.isReadable()) return true;
    const limit = startLimit(options);
    try {
      return await this.hub.unlessTrouble(() => unlessAborted(feed.ready(), limit.signal));
    } catch (error) {
      const act = { verb: 'watch', object: collectionText(feed.place, feed.place) };
      throw limit.ended(act, this.hub.kube.server) ?? error;
    }
  }

  private noted(feed: WatchFeed): Seen {
    const known = this.reads.get(feed);
    if (known !== undefined) return known;
    const seen = { isRead: false, changes: feed.changes, all: false, keys: new Map<string, KubeObject | undefined>() };
    this.reads.set(feed, seen);
    return seen;
  }

  /** From the first reading on every change counts, also one that comes before the look is over. */
  private read(feed: WatchFeed): Seen {
    const seen = this.noted(feed);
    if (!seen.isRead) seen.changes = feed.changes;
    seen.isRead = true;
    return seen;
  }

  private isWatched(): boolean {
    if (this.reads.size === 0 || this.directCount > this.directBefore) return false;
    return [...this.reads.keys()].every((feed) => feed.isLive);
  }

  private hasChanged(): boolean {
    for (const [feed, seen] of this.reads) {
      if (feed.changes === seen.changes) continue;
      if (seen.all || [...seen.keys].some(([key, object]) => feed.find(key) !== object)) return true;
    }
    return false;
  }

  private async nextChange(withinMs: number, signal: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const silences = [...this.reads].map(([feed, seen]) =>
      feed.listen((key) => {
        if (key === undefined || seen.all || seen.keys.has(key)) changed.abort();
      }),
    );
    try {
      await sleep(withinMs, undefined, { signal: AbortSignal.any([signal, changed.signal]) });
    } catch (error) {
      if (!changed.signal.aborted || signal.aborted) throw error;
    } finally {
      for (const silence of silences) silence();
    }
  }
}
