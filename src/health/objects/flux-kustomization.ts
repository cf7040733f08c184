import type { KindRule } from '../assess.ts';
import { fluxAside, fluxVerdict } from '../flux.ts';

/** Applied, and what it applied is healthy where it was told to look. Source: kustomize-controller 1.9, api/v1/kustomization_types.go; internal/controller/kustomization_controller.go. */
export const fluxKustomization: KindRule = {
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  terminal: ['AccessDenied', 'FeatureGateDisabled', 'InvalidCELExpression'],
  aside: fluxAside,
  assess: fluxVerdict,
};
