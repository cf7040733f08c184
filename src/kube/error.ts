/** Why a call to a cluster did not give an answer, in words and as facts. Never holds headers or bodies. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** HTTP status; 0 when there was no answer (network, time limit). */
  readonly code: number;
  /** Kubernetes' `reason` (`NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`, `Invalid`, `Expired`), or ours: `Unreachable`, `Timeout`, `Aborted`, `KindNotServed`, `ConfigInvalid`, `BadAnswer`, `Closed` (the client was closed); of exec those listed at `execInPod`, of proxies those at `proxyGet`. */
  readonly reason: string;
  /** When the API server wants to be asked again, ms; undefined where it did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    facts: {
      readonly code: number;
      readonly reason: string;
      readonly cause?: unknown;
      readonly retryAfterMs?: number | undefined;
    },
  ) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.reason = facts.reason;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
