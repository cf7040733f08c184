import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import type { QuiesceTarget } from '../../../src/model/quiesce.ts';
import { itemOf } from '../../../src/velero/inventory.ts';
import { ownRules } from '../../../src/velero/own-modifiers.ts';
import { planOf } from '../../support/driver-context.ts';

const recovery = 'shop-abcdefgh';
const cronJob = (name: string, more: { spec?: JsonObject; annotations?: { readonly [key: string]: string } } = {}) => {
  const metadata = { namespace: 'shop', name, ...(more.annotations ? { annotations: more.annotations } : {}) };
  const object: KubeObject = { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: more.spec ?? {} };
  return itemOf('cronjobs.batch', object);
};
const all: QuiesceTarget = { kind: 'CronJob', namespaces: ['shop'], optional: false };
const rulesOf = (wanted: readonly ReturnType<typeof cronJob>[], quiesce: readonly QuiesceTarget[] = [all]) =>
  ownRules({ recovery, plan: planOf(['shop'], [], { quiesce }), wanted });

describe('our own rules in a Restore', () => {
  it('stop and mark what the plan quiesces, one rule for all that were alike', () => {
    const mark = { 'rekindle.dev/quiesced-by': recovery, 'rekindle.dev/before': '{"suspend":null}' };

    expect(rulesOf([cronJob('b.daily'), cronJob('a')])).toEqual([
      {
        conditions: { groupResource: 'cronjobs.batch', namespaces: ['shop'], resourceNameRegex: '^(a|b\\.daily)$' },
        mergePatches: [{ patchData: JSON.stringify({ metadata: { annotations: mark }, spec: { suspend: true } }) }],
      },
    ]);
  });

  it('leave alone what was suspended when it was backed up, and what the plan does not name', () => {
    expect(rulesOf([cronJob('off', { spec: { suspend: true } })])).toEqual([]);
    expect(rulesOf([cronJob('a')], [{ ...all, names: ['other'] }])).toEqual([]);
    expect(rulesOf([cronJob('a')], [])).toEqual([]);
  });

  it('never bring the mark of an earlier recovery back, also where nothing is quiesced', () => {
    const annotations = { 'rekindle.dev/quiesced-by': 'shop-zzzzzzzz', 'rekindle.dev/before': '{"suspend":false}' };
    const stale = cronJob('a', { spec: { suspend: true }, annotations });
    const patchOf = (rules: readonly JsonObject[]) =>
      rules.map((rule) => JSON.parse((rule['mergePatches'] as { patchData: string }[])[0]?.patchData ?? '') as unknown);

    expect(patchOf(rulesOf([stale], []))).toEqual([
      {
        metadata: { annotations: { 'rekindle.dev/quiesced-by': null, 'rekindle.dev/before': null } },
        spec: { suspend: false },
      },
    ]);
    expect(patchOf(rulesOf([stale]))).toMatchObject([
      {
        metadata: { annotations: { 'rekindle.dev/quiesced-by': recovery, 'rekindle.dev/before': '{"suspend":false}' } },
        spec: { suspend: true },
      },
    ]);
  });

  it('know an object where it lands, and ask for it where it was', () => {
    const step = {
      tier: 'applications',
      name: 'web',
      driver: 'velero',
      spec: { namespaceMapping: { shop: 'shop-dr' } },
    } as const;
    const plan = planOf(['shop-dr'], [step], { quiesce: [{ ...all, namespaces: ['shop-dr'] }] });

    expect(ownRules({ recovery, plan, wanted: [cronJob('a')] })).toMatchObject([
      { conditions: { namespaces: ['shop'] } },
    ]);
  });
});
