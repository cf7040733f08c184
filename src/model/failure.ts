/**
 * The failure types that cross the border between activities, workflows and clients: the `type` of an
 * ApplicationFailure. The value says whether trying again by itself can help.
 */
export const failureTypes = {
  RequestInvalid: { retry: false },
  PlanInvalid: { retry: false },
  /** Findings that a person may settle: the run is held at planning or preflight. */
  Blocked: { retry: false },
  SiteBusy: { retry: false },
  /** The Lease no longer names this chain, or the cluster behind the context is another one. */
  NotOurs: { retry: false },
  LedgerNotFound: { retry: false },
  /** An object of somebody else stands where ours should be. */
  Conflict: { retry: false },
  PermissionDenied: { retry: false },
  EngineRefused: { retry: false },
  StepFailed: { retry: false },
  aborted: { retry: false },
  failed: { retry: false },
  ClusterUnavailable: { retry: true },
  Throttled: { retry: true },
} as const satisfies Record<string, { readonly retry: boolean }>;

export type FailureType = keyof typeof failureTypes;
