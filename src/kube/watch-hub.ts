import type { KubeError } from './error.ts';
import { feedTimes, type FeedTimes } from './feed-times.ts';
import type { KubeClient } from './types.ts';
import { WatchFeed } from './watch-feed.ts';

/** What a hub tells an operator, once for each kind and namespace. */
export type WatchWarning = (message: string, fields: Record<string, unknown>) => void;

/** All watches of one worker on one cluster: one for a kind and namespace, however many waits read it. */
export class WatchHub {
  readonly kube: KubeClient;
  private readonly feeds = new Map<string, WatchFeed>();
  private readonly times: FeedTimes;
  private readonly warn: WatchWarning;

  constructor(kube: KubeClient, warn: WatchWarning = () => undefined, times: FeedTimes = feedTimes) {
    this.kube = kube;
    this.warn = warn;
    this.times = times;
  }

  /** The feed of a kind in a namespace, or in the whole cluster; made where there is none. */
  feed(kind: { readonly apiVersion: string; readonly kind: string }, namespace: string | undefined): WatchFeed {
    const key = `${kind.apiVersion}/${kind.kind}/${namespace ?? ''}`;
    const known = this.feeds.get(key);
    if (known !== undefined && !known.hasEnded) return known;
    const place = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadataOnly: holdsData(kind),
      ...(namespace === undefined ? {} : { namespace }),
    };
    const made = new WatchFeed(this.kube, place, this.times, this.warn);
    this.feeds.set(key, made);
    return made;
  }

  /** What any of its watches has found out: that the cluster does not answer. */
  trouble(): KubeError | undefined {
    for (const feed of this.feeds.values()) if (feed.trouble !== undefined) return feed.trouble;
    return undefined;
  }

  /** Settles a read that goes past the watches, unless one of them finds out first that the cluster does not answer. */
  async unlessTrouble<T>(read: () => Promise<T>): Promise<T> {
    const broken = Promise.withResolvers<never>();
    const look = (): void => {
      const trouble = this.trouble();
      if (trouble !== undefined) broken.reject(trouble);
    };
    look();
    const silences = [...this.feeds.values()].map((feed) => feed.listen(look));
    try {
      return await Promise.race([broken.promise, read()]);
    } finally {
      for (const silence of silences) silence();
    }
  }

  /** Ends all watches. */
  close(): void {
    for (const feed of this.feeds.values()) feed.end();
    this.feeds.clear();
  }
}

/** What a site keeps in these is its own: their metadata is watched, their data is never kept. */
export function holdsData({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return apiVersion === 'v1' && (kind === 'Secret' || kind === 'ConfigMap');
}

/** The hubs of one worker: one for each client. */
export class WatchHubs {
  private readonly hubs = new WeakMap<KubeClient, WatchHub>();
  private readonly warn: WatchWarning;

  constructor(warn: WatchWarning) {
    this.warn = warn;
  }

  of(kube: KubeClient): WatchHub {
    const known = this.hubs.get(kube);
    if (known !== undefined) return known;
    const made = new WatchHub(kube, this.warn);
    this.hubs.set(kube, made);
    return made;
  }
}
