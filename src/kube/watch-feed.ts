import { setTimeout as sleep } from 'node:timers/promises';
import { KubeError } from './error.ts';
import type { FeedTimes } from './feed-times.ts';
import { collectionText } from './list.ts';
import type { KubeClient, KubeObject, ListOptions, WatchEvent } from './types.ts';
import { objectKey, trimmed } from './watched-object.ts';

/** Of which objects a feed is: of one kind, in one namespace or in the whole cluster. */
export interface FeedPlace {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  /** `metadata` is all that is asked for and kept. */
  readonly metadataOnly: boolean;
}

/** `direct`: it knows nothing for now, and the API server answers; `broken`: that does not. */
type State =
  { readonly is: 'opening' | 'live' | 'direct' | 'ended' } | { readonly is: 'broken'; readonly error: KubeError };

/** Told which object has changed; undefined when it may be any, or when the feed broke or came back. */
export type FeedListener = (key: string | undefined) => void;

/** A watch that ends sooner than this did not work, however it ended. client-go, tools/cache/reflector.go: "very short watch". */
const shortMs = 1000;

/** A watch that could not be opened so many times in a row, though the API server answers, is left for a while. */
const enoughFailures = 3;

/** How long the question may take whether the API server answers at all, ms. */
const probeMs = 1000;

/** A feed that fails and that nobody has read for so long (ms) is given up: who waits looks every few seconds. */
const forsakenMs = 12_000;

/** Longest pause between two attempts, ms: a cluster that is back is noticed within a second. */
const longestPauseMs = 1000;

/**
 * The objects of one kind and namespace as they are now: listed once, then kept up to date by a watch that is opened again
 * for as long as somebody reads. A version too old lists again; a silence, a cut or a restart goes on from the last version.
 */
export class WatchFeed {
  readonly place: FeedPlace;
  private readonly kube: KubeClient;
  private readonly times: FeedTimes;
  private readonly warn: (message: string, fields: Record<string, unknown>) => void;
  private readonly objects = new Map<string, KubeObject>();
  private readonly listeners = new Set<FeedListener>();
  private readonly stop = new AbortController();
  private resourceVersion: string | undefined;
  private state: State = { is: 'opening' };
  private turn = Promise.withResolvers<void>();
  private lastRead = performance.now();
  private changeCount = 0;
  private failures = 0;
  private openedAt: number | undefined;
  private refusals = 0;

  constructor(
    kube: KubeClient,
    place: FeedPlace,
    times: FeedTimes,
    warn: (message: string, fields: Record<string, unknown>) => void,
  ) {
    this.kube = kube;
    this.place = place;
    this.times = times;
    this.warn = warn;
    this.run().catch((error: unknown) => this.giveUp(error));
  }

  /** How often something in it has changed. */
  get changes(): number {
    return this.changeCount;
  }

  get isLive(): boolean {
    return this.state.is === 'live';
  }

  /** Why it is told that the cluster does not answer; undefined as long as it does. */
  get trouble(): KubeError | undefined {
    return this.state.is === 'broken' ? this.state.error : undefined;
  }

  get hasEnded(): boolean {
    return this.state.is === 'ended';
  }

  /** Whether it can be read at once. Counts as a reading. */
  isReadable(): boolean {
    this.lastRead = performance.now();
    return this.state.is === 'live';
  }

  /** The version that it has come to. */
  get version(): string {
    return this.resourceVersion ?? '';
  }

  /** True when it can be read; false when the API server has to be asked itself. Throws KubeError when that does not answer. */
  async ready(): Promise<boolean> {
    for (;;) {
      this.lastRead = performance.now();
      if (this.state.is === 'broken') throw this.state.error;
      if (this.state.is === 'live') return true;
      if (this.state.is === 'direct' || this.state.is === 'ended') return false;
      await this.turn.promise;
    }
  }

  all(): readonly KubeObject[] {
    return [...this.objects.values()];
  }

  find(key: string): KubeObject | undefined {
    return this.objects.get(key);
  }

  /** Returns what ends the listening. */
  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  end(): void {
    this.turnTo({ is: 'ended' });
    this.stop.abort();
    this.objects.clear();
  }

  private async run(): Promise<void> {
    while (!this.hasEnded) {
      this.openedAt = undefined;
      const error = await this.once();
      if (this.hasEnded) return;
      if (this.openedAt !== undefined && performance.now() - this.openedAt >= shortMs) this.failures = 0;
      else this.failures += 1;
      const pauseMs = error === undefined ? this.backoffMs() : await this.afterFailure(error);
      const unusedMs = performance.now() - this.lastRead;
      if (unusedMs > this.times.idleMs || (error !== undefined && unusedMs > forsakenMs)) this.end();
      else await sleep(pauseMs, undefined, { signal: this.stop.signal, ref: false }).catch(() => undefined);
    }
  }

  /** One watch from its beginning to its end, after a list where there is no version to go on from. */
  private async once(): Promise<KubeError | undefined> {
    const { lifeMs, graceMs, openMs, lateMs } = this.times;
    const dead = new AbortController();
    const die = (): void => dead.abort();
    let late: NodeJS.Timeout | undefined;
    let death: NodeJS.Timeout | undefined;
    try {
      if (this.resourceVersion === undefined) await this.list();
      late = setTimeout(() => void this.doubt(this.silence(lateMs)), lateMs);
      death = setTimeout(die, openMs);
      // All of them at once would be a thundering herd after each restart of an API server.
      const ownLifeMs = Math.ceil(lifeMs * (0.75 + Math.random() / 4));
      await this.follow(ownLifeMs, AbortSignal.any([this.stop.signal, dead.signal]), () => {
        clearTimeout(late);
        clearTimeout(death);
        death = setTimeout(die, ownLifeMs + graceMs);
        this.openedAt = performance.now();
        this.refusals = 0;
        this.turnTo({ is: 'live' });
      });
      return undefined;
    } catch (error) {
      if (dead.signal.aborted) return this.silence(this.openedAt === undefined ? openMs : lifeMs + graceMs);
      if (error instanceof KubeError) return error;
      throw error;
    } finally {
      clearTimeout(late);
      clearTimeout(death);
    }
  }

  /** What is known is old: whoever reads asks the API server, or is told at once where that does not answer either. */
  private async doubt(error: KubeError): Promise<boolean> {
    const before = this.openedAt;
    const isThere = await this.kube.version({ timeoutMs: probeMs, signal: this.stop.signal }).then(
      () => true,
      () => false,
    );
    if (this.openedAt === before) this.turnTo(isThere ? { is: 'direct' } : { is: 'broken', error });
    return isThere;
  }

  private async list(): Promise<void> {
    const { items, resourceVersion } = await this.kube.list(this.place, {
      ...this.options(),
      keep: trimmed,
      signal: this.stop.signal,
    });
    const before = new Map(this.objects);
    this.objects.clear();
    let isChanged = items.length !== before.size;
    for (const item of items) {
      const key = objectKey(item.metadata);
      isChanged ||= before.get(key)?.metadata.resourceVersion !== item.metadata.resourceVersion;
      this.objects.set(key, item);
    }
    this.resourceVersion = resourceVersion;
    this.turnTo({ is: 'live' });
    if (isChanged) this.tell(undefined);
  }

  private async follow(lifeMs: number, signal: AbortSignal, opened: () => void): Promise<void> {
    const options = { ...this.options(), resourceVersion: this.version, timeoutMs: lifeMs, signal };
    for await (const event of this.kube.watch(this.place, { ...options, opened })) this.take(event);
  }

  private take({ type, object }: WatchEvent): void {
    this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
    if (type === 'BOOKMARK') return;
    const key = objectKey(object.metadata);
    const { apiVersion, kind } = this.place;
    if (type === 'DELETED') this.objects.delete(key);
    else this.objects.set(key, trimmed({ ...object, apiVersion, kind }));
    this.tell(key);
  }

  /** What becomes of the feed; returns the pause before the next attempt, ms. */
  private async afterFailure(error: KubeError): Promise<number> {
    const wasListing = this.resourceVersion === undefined;
    if (error.reason === 'Closed' || error.reason === 'KindNotServed') {
      this.end();
      return 0;
    }
    if (error.code === 0) return this.afterNoAnswer(error, wasListing);
    const isBusy = error.code === 429 || (error.code >= 500 && error.code !== 504);
    if (isBusy) {
      this.turnTo(wasListing ? { is: 'broken', error } : { is: 'direct' });
      return error.retryAfterMs ?? this.backoffMs();
    }
    this.resourceVersion = undefined;
    // 410: too old. 404: its kind went away. 504: newer than all that the API server has, since its cluster was made anew.
    if ((error.code === 410 || error.code === 404 || error.code === 504) && !wasListing) {
      this.turnTo({ is: 'opening' });
      return this.backoffMs();
    }
    return this.readDirectly(error);
  }

  private async afterNoAnswer(error: KubeError, wasListing: boolean): Promise<number> {
    // A cut is no silence as long as the next attempt succeeds.
    if (this.failures <= 1 && !wasListing) return 0;
    const isThere = await this.doubt(error);
    return isThere && this.failures >= enoughFailures ? this.readDirectly(error) : this.backoffMs();
  }

  private readDirectly(error: KubeError): number {
    this.resourceVersion = undefined;
    this.turnTo({ is: 'direct' });
    this.refusals += 1;
    // An API server that has just started may refuse what it permits a second later: that is nobody's trouble.
    if (this.refusals === 2) this.warn('cannot watch: asks again and again instead', { why: error.message });
    return Math.min(this.times.refusedMs, 1000 * 4 ** (this.refusals - 1));
  }

  /** A mistake of ours in here must not cost a wait: it reads from the API server then. */
  private giveUp(error: unknown): void {
    this.warn('a watch failed', { why: error instanceof Error ? error.message : String(error) });
    this.end();
  }

  private backoffMs(): number {
    if (this.failures <= 1) return 0;
    return Math.min(100 * 2 ** (this.failures - 2), longestPauseMs) * (0.75 + Math.random() / 4);
  }

  private silence(ms: number): KubeError {
    const text = `cannot watch ${collectionText(this.place, this.options())}`;
    return new KubeError(`${text}: no answer from ${this.kube.server} within ${ms / 1000} s`, {
      code: 0,
      reason: 'Timeout',
    });
  }

  private options(): Pick<ListOptions, 'namespace' | 'metadataOnly'> {
    const { namespace, metadataOnly } = this.place;
    return { metadataOnly, ...(namespace === undefined ? {} : { namespace }) };
  }

  private turnTo(next: State): void {
    if (this.state.is === 'ended') return;
    const was = this.isLive;
    this.state = next;
    this.turn.resolve();
    this.turn = Promise.withResolvers();
    if (was !== this.isLive) this.tell(undefined);
  }

  private tell(key: string | undefined): void {
    this.changeCount += 1;
    for (const listener of this.listeners) listener(key);
  }
}
