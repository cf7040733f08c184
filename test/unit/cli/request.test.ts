import { describe, expect, it } from 'vitest';
import { recoverRequest } from '../../../src/cli/request.ts';

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
    ['bookstore', { disasterAt: 'yesterday' }, /--disaster-at "yesterday" is not a time: write it as 2026/],
    ['bookstore', { disasterAt: '2999-01-01T00:00:00Z' }, /lies in the future/],
  ] as const)('refuses %s %j in one sentence', (plan, options, sentence) => {
    expect(() => recoverRequest(plan, options)).toThrow(sentence);
  });
});
