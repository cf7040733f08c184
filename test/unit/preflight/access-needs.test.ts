import { describe, expect, it } from 'vitest';
import type { Need } from '../../../src/kube/needs.ts';
import type { BackupItem } from '../../../src/model/backup.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { accessNeeds, type NeedsInput } from '../../../src/preflight/access-needs.ts';
import { planOf } from '../../support/driver-context.ts';
import { deployment, namespaced } from '../velero/items.ts';

const velero = { namespace: 'velero' } as NonNullable<Plan['velero']>;

function needsOf(plan: Partial<Plan> = {}, taken: readonly BackupItem[] = [], more: Partial<NeedsInput> = {}) {
  const needs = accessNeeds({
    plan: planOf(['shop'], [], { velero, ...plan }),
    taken,
    brought: [],
    plurals: new Map(),
    hasControl: false,
    ...more,
  });
  return { vital: needs.filter(({ vital }) => vital).map(text), rest: needs.filter(({ vital }) => !vital).map(text) };
}
const text = ({ verb, resource, namespace, name }: Need): string =>
  `${verb} ${resource}${name ? `/${name}` : ''} ${namespace ?? '*'}`;

describe('what a run must be allowed', () => {
  it('asks to make its own namespace only where that is not there', () => {
    expect(needsOf().vital).toContain('create namespaces *');
    expect(needsOf({}, [], { hasControl: true }).vital).not.toContain('create namespaces *');
  });

  it('cannot do without get and list of what it restores, and without watch, events and logs it can', () => {
    const { vital, rest } = needsOf({}, [deployment('shop', 'web')]);

    expect(vital).toEqual(expect.arrayContaining(['get deployments shop', 'list deployments shop']));
    expect(rest).toEqual(
      expect.arrayContaining(['watch deployments shop', 'list events shop', 'get pods/log shop', 'watch pods shop']),
    );
  });

  it('needs the slices of the Services that it judges', () => {
    expect(needsOf({}, [namespaced('services', 'Service', 'shop', 'web')]).vital).toContain('list endpointslices shop');
    expect(needsOf().rest).toContain('list endpointslices shop');
  });
});
