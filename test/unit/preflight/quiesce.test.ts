import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import type { QuiesceTarget } from '../../../src/model/quiesce.ts';
import { quiesce } from '../../../src/preflight/families/quiesce.ts';
import { quiesceNeeds, readQuiesced, wouldQuiesce } from '../../../src/preflight/quiescing.ts';
import { Reader } from '../../../src/preflight/reader.ts';
import { itemOf } from '../../../src/velero/inventory.ts';
import { placeOf, surveyOf, taken } from '../../support/a-survey.ts';
import { planOf } from '../../support/driver-context.ts';
import { fakeKube } from '../../support/fake-kube.ts';

const { signal } = new AbortController();
const recovery = 'shop-12345678';
const object = (kind: string, name: string, spec: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: { CronJob: 'batch/v1', StatefulSet: 'apps/v1', Application: 'argoproj.io/v1alpha1' }[kind] ?? 'v1',
  kind,
  metadata: { namespace: 'shop', name, ...metadata },
  spec,
});
const target = (kind: QuiesceTarget['kind'], more: Partial<QuiesceTarget> = {}): QuiesceTarget => ({
  kind,
  namespaces: ['shop'],
  optional: false,
  ...more,
});

/** A survey of a cluster with these objects, and of a Backup with those. */
async function survey(
  targets: readonly QuiesceTarget[],
  there: readonly KubeObject[],
  comes: readonly KubeObject[] = [],
) {
  const plan = planOf(['shop'], [], { quiesce: targets });
  const kube = fakeKube({ objects: there });
  const sights = await readQuiesced(new Reader(kube, signal), kube, { plan, recovery, signal });
  const items = comes.map((one) => taken(itemOf('x', one), placeOf('web', 'applications')));
  return surveyOf(items, { quiesce: sights }, { plan, recovery });
}

describe('what a look ahead says of what is quiesced', () => {
  it('is nothing where each of them is there or comes', async () => {
    const seen = await survey(
      [target('CronJob', { names: ['a', 'b'] })],
      [object('CronJob', 'a')],
      [object('CronJob', 'b')],
    );

    expect(quiesce.judge(seen)).toEqual([]);
    expect(wouldQuiesce(seen)).toEqual([
      { kind: 'CronJob', namespace: 'shop', name: 'a', how: 'at the start' },
      { kind: 'CronJob', namespace: 'shop', name: 'b', how: 'as it comes back', step: 'web' },
    ]);
  });

  it('tells what is stopped already, there and in the Backup', async () => {
    const off = { suspend: true };
    const seen = await survey([target('CronJob')], [object('CronJob', 'a', off)], [object('CronJob', 'b', off)]);

    expect(wouldQuiesce(seen).map(({ how }) => how)).toEqual(['was already', 'was already']);
  });

  it('blocks on what another recovery has, not on what is ours', async () => {
    const by = (who: string) => ({ annotations: { 'rekindle.dev/quiesced-by': who } });
    const seen = await survey(
      [target('CronJob')],
      [object('CronJob', 'a', {}, by('shop-zzzzzzzz')), object('CronJob', 'b', {}, by(recovery))],
    );

    expect(quiesce.judge(seen)).toMatchObject([
      {
        severity: 'block',
        reason: 'QuiescedByAnother',
        object: 'CronJob shop/a',
        message: expect.stringContaining('quiesced by recovery shop-zzzzzzzz'),
      },
    ]);
  });

  it.each(['there', 'in the Backup'])('blocks on a StatefulSet %s that would delete its claims', async (where) => {
    const db = object('StatefulSet', 'db', { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } });
    const targets = [target('StatefulSet', { names: ['db'] })];
    const seen = await (where === 'there' ? survey(targets, [db]) : survey(targets, [], [db]));

    expect(quiesce.judge(seen)).toMatchObject([{ severity: 'block', reason: 'NotQuiescable' }]);
  });

  it('warns of a name that is nowhere, unless it is optional', async () => {
    const missing = { names: ['nightlie'] };

    expect(quiesce.judge(await survey([target('CronJob', missing)], [object('CronJob', 'nightly')]))).toMatchObject([
      {
        severity: 'warn',
        reason: 'QuiesceTargetMissing',
        message: expect.stringContaining('CronJob nightlie of the plan'),
      },
    ]);
    expect(quiesce.judge(await survey([target('CronJob', { ...missing, optional: true })], []))).toEqual([]);
  });

  it('warns of an Application whose ApplicationSet takes it back', async () => {
    const owner = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'shops', uid: 'u' };
    const app = object('Application', 'shop', { syncPolicy: { automated: {} } }, { ownerReferences: [owner] });

    expect(quiesce.judge(await survey([target('Application')], [app]))).toMatchObject([
      { severity: 'warn', reason: 'QuiesceReverted', message: expect.stringContaining('ApplicationSet shops') },
    ]);
  });

  it('asks for the rights that it takes, of what is optional only as a wish', () => {
    const needs = quiesceNeeds({ quiesce: [target('CronJob'), target('RecurringJob', { optional: true })] });

    expect(
      needs.map(({ verb, group, resource, namespace, vital }) => [verb, group, resource, namespace, vital]),
    ).toEqual([
      ['get', 'batch', 'cronjobs', 'shop', true],
      ['list', 'batch', 'cronjobs', 'shop', true],
      ['patch', 'batch', 'cronjobs', 'shop', true],
      ['get', 'longhorn.io', 'recurringjobs', 'shop', undefined],
      ['list', 'longhorn.io', 'recurringjobs', 'shop', undefined],
      ['patch', 'longhorn.io', 'recurringjobs', 'shop', undefined],
    ]);
    const velero = { namespace: 'velero', backup: 'nightly' };
    const text = quiesceNeeds({ quiesce: [target('CronJob')], velero }).map(
      ({ verb, resource }) => `${verb} ${resource}`,
    );
    expect(text).toContain('create configmaps');
    expect(quiesceNeeds({ velero })).toEqual([]);
  });
});
