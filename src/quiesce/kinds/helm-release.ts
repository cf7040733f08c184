import { flagged, type QuiesceKind } from '../kind.ts';

/** Suspended, Flux neither installs, upgrades nor corrects drift. helm-controller 1.5, api/v2/helmrelease_types.go. */
export const helmRelease: QuiesceKind = {
  kind: 'HelmRelease',
  apiVersion: 'helm.toolkit.fluxcd.io/v2',
  plural: 'helmreleases',
  ...flagged('suspend'),
};
