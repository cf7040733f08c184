import type { KindRule } from '../assess.ts';
import { fluxAside, fluxVerdict } from '../flux.ts';

/** Installed or upgraded, and tested where it was told to. Source: helm-controller 1.6, api/v2/condition_types.go; internal/reconcile/atomic_release.go. */
export const fluxHelmRelease: KindRule = {
  group: 'helm.toolkit.fluxcd.io',
  kind: 'HelmRelease',
  terminal: ['AccessDenied', 'InvalidCELExpression', 'MissingRollbackTarget', 'RetriesExceeded'],
  aside: fluxAside,
  assess: fluxVerdict,
};
