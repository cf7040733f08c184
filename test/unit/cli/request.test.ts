import { describe, expect, it } from 'vitest';
import { filled, runNamed } from '../../../src/cli/options.ts';
import { recoverRequest } from '../../../src/cli/request.ts';

describe('the run that a decision is for', () => {
  it('is named as an argument or by --run', () => {
    expect(runNamed('a', undefined)).toBe('a');
    expect(runNamed(undefined, 'a')).toBe('a');
    expect(runNamed('a', 'a')).toBe('a');
    expect(runNamed(undefined, undefined)).toBeUndefined();
    expect(() => runNamed('a', 'b')).toThrow('two runs are named, a and --run b');
  });

  it('is not an empty text, nor is any id that is typed', () => {
    expect(filled('--workflow-id')('w')).toBe('w');
    expect(() => filled('--workflow-id')('')).toThrow('--workflow-id is empty: give it a value or leave it out');
  });
});

describe('recoverRequest', () => {
  it('puts only what was typed into the one JSON object', () => {
    expect(recoverRequest('bookstore', {})).toEqual({ plan: 'bookstore' });
    expect(recoverRequest('bookstore', { onFailure: 'abort', backup: 'b', disasterAt: '2026-11-20T10:00Z' })).toEqual({
      plan: 'bookstore',
      onFailure: 'abort',
      backup: 'b',
      disasterAt: '2026-11-20T10:00:00.000Z',
    });
    expect(recoverRequest(undefined, { resume: 'bookstore-4fx2q7ab', takeOver: true })).toEqual({
      resume: 'bookstore-4fx2q7ab',
      takeOver: true,
    });
  });

  it.each([
    [undefined, {}, /say which plan to recover by, for example `rekindle recover bookstore`/],
    ['bookstore', { resume: 'x' }, /a plan and --resume exclude one another/],
    ['plans/bookstore.yaml', {}, /is not a plan's name: .* without \.yaml: `rekindle recover bookstore`$/],
    ['../../etc/passwd', {}, /is not a plan's name/],
    ['Bookstore', {}, /is not a plan's name/],
    [undefined, { resume: '../x' }, /^--resume "\.\.\/x": not a recovery id; they look like bookstore-a2b3c4d5/],
    [undefined, { resume: '' }, /^--resume "": not a recovery id/],
    ['bookstore', { disasterAt: 'yesterday' }, /--disaster-at "yesterday" is not a time: write it as 2026/],
    ['bookstore', { disasterAt: '2999-01-01T00:00:00Z' }, /lies in the future/],
  ] as const)('refuses %s %j in one sentence', (plan, options, sentence) => {
    expect(() => recoverRequest(plan, options)).toThrow(sentence);
  });
});
