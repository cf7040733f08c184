/**
 * The six words for an object's health, after Argo CD. A verdict is a fact about an object; whether it may pass is the
 * gate's decision. No news is Unknown, never Healthy.
 */
export const verdictNames = ['Healthy', 'Progressing', 'Degraded', 'Suspended', 'Missing', 'Unknown'] as const;

/** One of the six words. */
export type VerdictName = (typeof verdictNames)[number];

/** What was found, in one CamelCase word and one sentence. */
export interface Verdict {
  readonly verdict: VerdictName;
  /** CamelCase, stable: `WaitForFirstConsumer`, `CrashLoopBackOff`. */
  readonly reason: string;
  /** For people: what was expected and what was seen; no full stop at the end. */
  readonly message: string;
}

/** Names one object of a cluster. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** An object with its verdict. */
export interface JudgedObject extends ObjectRef, Verdict {}

/** The API group of an apiVersion: `''` for core. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** `Kind namespace/name`, as it is written in every message. */
export function refText(ref: Omit<ObjectRef, 'apiVersion'>): string {
  return `${ref.kind} ${ref.namespace ? `${ref.namespace}/` : ''}${ref.name}`;
}

/** One key per object, whatever the version it is served at. */
export function refKey(ref: ObjectRef): string {
  return `${groupOf(ref.apiVersion)}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`;
}

export const healthy = (reason = 'Healthy', message = ''): Verdict => ({ verdict: 'Healthy', reason, message });
export const progressing = (reason: string, message: string): Verdict => ({ verdict: 'Progressing', reason, message });
export const degraded = (reason: string, message: string): Verdict => ({ verdict: 'Degraded', reason, message });
export const suspended = (reason: string, message: string): Verdict => ({ verdict: 'Suspended', reason, message });
export const missing = (reason: string, message: string): Verdict => ({ verdict: 'Missing', reason, message });
export const unknown = (reason: string, message: string): Verdict => ({ verdict: 'Unknown', reason, message });
