import { degraded, healthy, progressing } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionOf } from '../read.ts';

/**
 * Its applications are made and as they shall be; how they are is their own verdict. Argo CD calls applications that are
 * not made yet Degraded; here that takes an error. Source: Argo CD 3.6, pkg/apis/application/v1alpha1/applicationset_types.go
 * CalculateHealth; resource_customizations/argoproj.io/ApplicationSet/health.lua.
 */
export const argoApplicationSet: KindRule = {
  group: 'argoproj.io',
  kind: 'ApplicationSet',
  assess(object) {
    for (const type of ['ErrorOccurred', 'InvalidRolloutConfig']) {
      const error = conditionOf(object, type);
      if (error?.status === 'True') return degraded(error.reason || type, `${type}${after(error.message)}`);
    }
    const rollout = conditionOf(object, 'RolloutProgressing');
    if (rollout?.status === 'True')
      return progressing(rollout.reason || 'RolloutProgressing', `rolls out${after(rollout.message)}`);
    const upToDate = conditionOf(object, 'ResourcesUpToDate');
    if (upToDate === undefined) return progressing('NoStatus', 'Argo CD has not looked at it yet');
    if (upToDate.status === 'True') return healthy(upToDate.reason || 'ResourcesUpToDate', 'its applications are made');
    return progressing(
      upToDate.reason || 'NotUpToDate',
      `its applications are not all made yet${after(upToDate.message)}`,
    );
  },
};
