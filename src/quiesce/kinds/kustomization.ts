import { flagged, type QuiesceKind } from '../kind.ts';

/** Suspended, Flux applies and prunes nothing of it. kustomize-controller 1.9, api/v1/kustomization_types.go. */
export const kustomization: QuiesceKind = {
  kind: 'Kustomization',
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  plural: 'kustomizations',
  ...flagged('suspend'),
};
