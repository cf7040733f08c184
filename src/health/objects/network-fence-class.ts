import { existing } from '../exists.ts';

/** Its status is empty. Source: csi-addons 0.14, api/csiaddons/v1alpha1/networkfenceclass_types.go. */
export const networkFenceClass = existing('csiaddons.openshift.io', 'NetworkFenceClass');
