import { describe, expect, it } from 'vitest';
import { needsOfChecks } from '../../../src/health/needs-of.ts';
import type { Need } from '../../../src/kube/needs.ts';
import type { BackupItem } from '../../../src/model/backup.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { Check, CheckType, Plan } from '../../../src/model/plan.ts';
import { accessNeeds, type NeedsInput } from '../../../src/preflight/access-needs.ts';
import { planOf } from '../../support/driver-context.ts';
import { deployment, namespaced } from '../velero/items.ts';

const velero = { namespace: 'velero' } as NonNullable<Plan['velero']>;

function needsOf(plan: Partial<Plan> = {}, taken: readonly BackupItem[] = [], more: Partial<NeedsInput> = {}) {
  const whole = planOf(['shop'], [], { velero, ...plan });
  const needs = accessNeeds({
    plan: whole,
    checkNeeds: needsOfChecks(whole),
    taken,
    brought: [],
    plurals: new Map(),
    hasControl: false,
    ...more,
  });
  return { vital: needs.filter(({ vital }) => vital).map(text), rest: needs.filter(({ vital }) => !vital).map(text) };
}
const check = (type: CheckType, spec: JsonObject): Check => ({ name: type, type, spec }) as unknown as Check;
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

  it.each([
    ['exec', {}],
    ['postgres', {}],
    ['mysql', {}],
    ['redis', {}],
    ['mongodb', {}],
    ['rabbitmq', {}],
    ['kafka', {}],
    ['dataChecksum', { engine: 'postgres' }],
  ] as const)('needs exec for a check %s, in the namespace that it names', (type, more) => {
    const { vital } = needsOf({ verify: [check(type, { ...more, namespace: 'data' }), check(type, more)] });

    for (const namespace of ['data', 'shop'])
      expect(vital).toEqual(
        expect.arrayContaining([
          `create pods/exec ${namespace}`,
          `get pods/exec ${namespace}`,
          `list pods ${namespace}`,
        ]),
      );
  });

  it('needs what a check names, by its name', () => {
    const password = { secretName: 'login', key: 'password' };
    const spec = {
      engine: 'mysql',
      password,
      secrets: ['tls'],
      claims: ['data'],
      manifest: { configMap: 'sums', key: 'k' },
    };

    expect(needsOf({ verify: [check('dataChecksum', spec)] }).vital).toEqual(
      expect.arrayContaining([
        'get secrets/login shop',
        'get secrets/tls shop',
        'get persistentvolumeclaims/data shop',
        'get configmaps/sums shop',
      ]),
    );
  });

  it('needs the proxy for checks over it', () => {
    const verify = [
      check('httpGet', { podSelector: { app: 'web' } }),
      check('tcpSocket', { service: 'web', port: 80 }),
    ];

    expect(needsOf({ verify }).vital).toEqual(
      expect.arrayContaining(['get pods/proxy shop', 'get services/proxy shop', 'list endpointslices shop']),
    );
  });

  it('needs ConfigMaps beside the Restores only where a step changes something on the way', () => {
    const withStep = (spec: JsonObject) =>
      accessNeeds({
        plan: planOf(['shop'], [{ tier: 'storage', name: 'volumes', driver: 'velero', spec }], { velero }),
        taken: [],
        checkNeeds: [],
        brought: [],
        plurals: new Map(),
        hasControl: true,
      }).map(text);

    expect(withStep({ storageClassMapping: { fast: 'slow' } })).toContain('create configmaps velero');
    expect(withStep({ imageMapping: { 'a/': 'b/' } })).toContain('get configmaps velero');
    expect(withStep({ resourceModifiers: [] })).toContain('create configmaps velero');
    expect(withStep({})).not.toContain('create configmaps velero');
  });

  it('needs the lists of what the node agent holds', () => {
    expect(needsOf().vital).toEqual(
      expect.arrayContaining(
        ['podvolumebackups', 'podvolumerestores', 'datadownloads'].map((one) => `list ${one} velero`),
      ),
    );
  });
});
