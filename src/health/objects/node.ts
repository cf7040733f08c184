import { degraded, healthy, progressing, suspended, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf, conditionsOf, secondsBetween, valueAt } from '../read.ts';

/** A node may be NotReady this long before it counts as lost: the node lifecycle controller's default grace is 50 s. */
const notReadyGraceMs = 2 * 60_000;

const pressures: readonly string[] = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

/** Ready, schedulable, without pressure. Source: Kubernetes 1.34, core/v1 NodeConditionType. */
export const node: KindRule = {
  group: '',
  kind: 'Node',
  assess(object, _related, now): Verdict {
    const ready = conditionOf(object, 'Ready');
    if (ready === undefined) return progressing('NoStatus', 'its kubelet has not reported yet');
    if (ready.status !== 'True') {
      const waitedMs = ready.since === undefined ? 0 : now.getTime() - ready.since.getTime();
      const message = `is not ready${ready.since === undefined ? '' : ` for ${secondsBetween(ready.since, now)} s`}${after(ready.message)}`;
      return waitedMs > notReadyGraceMs ? degraded('NotReady', message) : progressing('NotReady', message);
    }
    const pressure = conditionsOf(object).find(
      (condition) => pressures.includes(condition.type) && condition.status === 'True',
    );
    if (pressure !== undefined) return degraded(pressure.type, `${pressure.type}${after(pressure.message)}`);
    if (valueAt(object, 'spec', 'unschedulable') === true)
      return suspended('Cordoned', 'takes no new pods: spec.unschedulable is true');
    return healthy('Ready');
  },
};
