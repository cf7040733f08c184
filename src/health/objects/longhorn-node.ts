import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { after, conditionsIn, conditionOf, fieldsAt, valueAt, type Condition } from '../read.ts';

/** Ready, and at least one disk takes replicas. Source: Longhorn 1.13, k8s/pkg/apis/longhorn/v1beta2/node.go NodeCondition*, DiskCondition*. */
export const longhornNode: KindRule = {
  group: 'longhorn.io',
  kind: 'Node',
  assess(object) {
    const ready = byReady(object, { writer: 'Longhorn' });
    if (ready.verdict !== 'Healthy') return ready;
    if (valueAt(object, 'spec', 'allowScheduling') === false)
      return suspended('SchedulingOff', 'takes no replicas: spec.allowScheduling is false');
    const schedulable = conditionOf(object, 'Schedulable');
    if (schedulable?.status === 'False')
      return degraded(schedulable.reason || 'NotSchedulable', `takes no replicas${after(schedulable.message)}`);
    const disks = Object.entries(fieldsAt(object, 'status', 'diskStatus'));
    if (disks.length === 0) return progressing('NoDisk', 'Longhorn has not reported a disk of it yet');
    const troubles = disks.flatMap(([name, disk]) => diskTrouble(disk, object, name) ?? []);
    const [first] = troubles;
    if (first !== undefined && troubles.length === disks.length)
      return degraded('NoUsableDisk', `none of its ${disks.length} disks takes replicas: ${first}`);
    return healthy('Ready', `${disks.length - troubles.length} of ${disks.length} disks take replicas${after(first)}`);
  },
};

function diskTrouble(disk: unknown, node: KubeObject, name: string): string | undefined {
  const conditions = conditionsIn(disk, node);
  const bad = (type: string): Condition | undefined =>
    conditions.find((condition) => condition.type === type && condition.status !== 'True');
  const trouble = bad('Ready') ?? bad('Schedulable');
  return trouble === undefined ? undefined : `disk ${name} is not ${trouble.type}${after(trouble.message)}`;
}
