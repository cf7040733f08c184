import { KubeError } from '../kube/error.ts';
import type { Access, ApiResource, KubeClient, KubeObject, ListOptions } from '../kube/types.ts';
import type { ObjectRef } from '../model/verdict.ts';

/** How many reads run at once: kind to a cluster that is just coming back. */
const parallelReads = 8;

interface KindName {
  readonly apiVersion: string;
  readonly kind: string;
}

function listText(kind: string, namespace: string | undefined): string {
  return `${kind} objects${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/**
 * Reads for a look ahead: bounded in number, and what the login may not read is noted instead of ending everything. A kind
 * that is not served has no objects.
 */
export class Reader {
  private readonly kube: KubeClient;
  private readonly signal: AbortSignal;
  private readonly notRead = new Set<string>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(kube: KubeClient, signal: AbortSignal) {
    this.kube = kube;
    this.signal = signal;
  }

  /** What could not be read for want of permission, as `Node objects`. */
  get unread(): readonly string[] {
    return [...this.notRead].toSorted();
  }

  /** Notes a list that was refused elsewhere. */
  noteUnread(kind: string, namespace: string | undefined): void {
    this.notRead.add(listText(kind, namespace));
  }

  list(kind: KindName, options: ListOptions = {}): Promise<readonly KubeObject[]> {
    return this.tolerant(listText(kind.kind, options.namespace), [], async () => {
      const { items } = await this.kube.list(kind, { ...options, signal: this.signal });
      return items;
    });
  }

  get(ref: ObjectRef): Promise<KubeObject | undefined> {
    return this.tolerant(`${ref.kind} ${ref.name}`, undefined, () => this.kube.get(ref, { signal: this.signal }));
  }

  serves(kind: KindName): Promise<boolean> {
    return this.turn(async () => (await this.kube.resource(kind, { signal: this.signal })) !== undefined);
  }

  /** Everything that is served, at preferred versions. */
  kinds(): Promise<readonly ApiResource[]> {
    return this.turn(() => this.kube.resources({ signal: this.signal }));
  }

  may(access: Access): Promise<boolean> {
    return this.turn(() => this.kube.may(access, { signal: this.signal }));
  }

  private async tolerant<T>(what: string, none: T, read: () => Promise<T>): Promise<T> {
    try {
      return await this.turn(read);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.reason === 'KindNotServed') return none;
      if (error.code !== 403) throw error;
      this.notRead.add(what);
      return none;
    }
  }

  private async turn<T>(read: () => Promise<T>): Promise<T> {
    if (this.running >= parallelReads) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await read();
    } finally {
      // The place is handed on: nobody else can take it in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
