import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { type Acceptance, judgeProblems, problemSentence, problemsOf } from '../../../src/velero/problems.ts';

const restore = (status: object): KubeObject => ({
  apiVersion: 'velero.io/v1',
  kind: 'Restore',
  metadata: { name: 'r' },
  status,
});
const download = (phase: string, message: string): KubeObject => ({
  apiVersion: 'velero.io/v2alpha1',
  kind: 'DataDownload',
  metadata: { name: 'dd' },
  spec: { targetVolume: { namespace: 'shop', pvc: 'data' } },
  status: { phase, message },
});
const errors = [{ where: 'shop', texts: ['hook ls failed', 'hook ls failed', 'port is taken'] }];
const partly = (count: number) => restore({ phase: 'PartiallyFailed', errors: count });

const judge = (acceptance: Acceptance, count = 3, volumes: KubeObject[] = []) => {
  const problems = problemsOf(partly(count), volumes, errors);
  if (!problems) throw new Error('no problems');
  return { problems, judged: judgeProblems('Restore r', problems, acceptance) };
};

describe('errors of a Restore', () => {
  it('are none where it is Completed and nothing failed', () => {
    expect(problemsOf(restore({ phase: 'Completed' }), [download('Completed', '')], [])).toBeUndefined();
  });

  it('all open without anybody who bears them', () => {
    const { problems, judged } = judge({ rules: [] });
    expect(judged.exceptions).toEqual([]);
    expect(problemSentence('Restore r', problems, judged)).toBe(
      'Restore r ended as PartiallyFailed, 3 errors: shop: hook ls failed (2 times); shop: port is taken; mend the cause and retry the step, or accept the errors (Update acceptErrors; the outcome then names them)',
    );
  });

  it('that the plan accepts are taken off, and the others named', () => {
    const { problems, judged } = judge({ rules: [{ matches: 'hook ls', reason: 'harmless' }] });
    expect(judged.exceptions).toEqual([
      'Restore r: error accepted by the plan (harmless): shop: hook ls failed (2 times)',
    ]);
    expect(problemSentence('Restore r', problems, judged)).toContain(
      'besides those that the plan accepts: shop: port is taken;',
    );
  });

  it('are no pattern: a rule is letter by letter', () => {
    expect(judge({ rules: [{ matches: 'hook .. failed', reason: 'x' }] }).judged.open).toHaveLength(3);
  });

  it('that are left a person may bear', () => {
    const { judged } = judge({
      rules: [{ matches: 'hook ls', reason: 'harmless' }],
      person: { by: 'ana', reason: 'seen' },
    });
    expect(judged.open).toEqual([]);
    expect(judged.exceptions).toEqual([
      'Restore r: error accepted by the plan (harmless): shop: hook ls failed (2 times)',
      'Restore r: errors accepted by ana, as stated (seen): shop: port is taken',
    ]);
  });

  it('whose texts Velero does not keep are not passed over: the volumes say theirs, the rest stays open', () => {
    const rules = [
      { matches: 'hook ls', reason: 'a' },
      { matches: 'port is', reason: 'b' },
      { matches: 'of claim shop/data is Failed', reason: 'c' },
    ];
    expect(judge({ rules }, 4, [download('Failed', 'no space')]).judged.open).toEqual([]);
    expect(judge({ rules }, 6, [download('Failed', 'no space')]).judged.open).toEqual([
      { where: 'Velero', texts: ['2 errors whose texts are not known'] },
    ]);
  });

  it('that could not be read hold the step, whatever the plan accepts', () => {
    const problems = problemsOf(partly(2), [], []);
    expect(problems?.what).toBe('ended as PartiallyFailed, 2 errors (their texts could not be read)');
    expect(problemsOf(partly(1), [], errors)?.what).toBe('ended as PartiallyFailed, 1 error');
    expect(
      problems && judgeProblems('r', problems, { rules: [{ matches: 'hook ls', reason: 'x' }] }).open,
    ).toHaveLength(1);
    const none = problemsOf(partly(0), [], []);
    expect(none && judgeProblems('r', none, { rules: [] }).open).toHaveLength(1);
  });
});

describe('a Restore that says Completed', () => {
  it('says all that went wrong: who bears a failed hook has not borne a lost volume', () => {
    const hooks = restore({ phase: 'Completed', hookStatus: { hooksAttempted: 2, hooksFailed: 1 } });
    const problems = problemsOf(hooks, [download('Failed', 'no space')], []);
    expect(problems?.reason).toBe('HooksFailed');
    const rules = [{ matches: '1 of 2 hooks failed', reason: 'harmless' }];
    expect(problems && judgeProblems('r', problems, { rules }).open).toEqual([
      { where: 'volumes', texts: [expect.stringContaining('DataDownload dd of claim shop/data is Failed')] },
    ]);
  });
});
