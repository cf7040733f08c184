import type { KindRule } from '../assess.ts';
import { replicationVerdict } from '../replication.ts';

/** The volume has its role and is in sync; the rule is in replication.ts. */
export const volumeReplication: KindRule = {
  group: 'replication.storage.openshift.io',
  kind: 'VolumeReplication',
  assess: replicationVerdict,
};
