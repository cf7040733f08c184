import type { KindRule } from '../assess.ts';
import { replicationVerdict } from '../replication.ts';

/** The group of volumes has its role and is in sync: its status has the shape of one volume's. The rule is in replication.ts. */
export const volumeGroupReplication: KindRule = {
  group: 'replication.storage.openshift.io',
  kind: 'VolumeGroupReplication',
  assess: replicationVerdict,
};
