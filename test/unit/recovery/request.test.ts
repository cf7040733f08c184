import { describe, expect, it } from 'vitest';
import { parseRequest, refuseEnded, refuseUnclearApproval, RequestError } from '../../../src/recovery/request.ts';

const now = new Date('2026-11-20T04:00:00Z');

describe('parseRequest', () => {
  it('takes a plan with everything that may go with it', () => {
    const request = {
      plan: 'bookstore',
      backup: 'nightly',
      onFailure: 'abort',
      onApproval: 'wait',
      reason: 'fire',
      disasterAt: '2026-11-20T03:12:00Z',
      takeOver: true,
      intoLiveSite: 'dr-east',
      acceptBackup: 'nightly',
      planOnly: true,
    };

    expect(parseRequest(request, now)).toEqual(request);
  });

  it.each([
    [undefined, 'without an input'],
    [null, 'without an input'],
    ['', 'without an input'],
    ['bookstore', 'the input is a string'],
    [7, 'the input is a number'],
    [[{ plan: 'bookstore' }], 'the input is an array'],
    [{}, 'neither "plan" nor "resume"'],
    [{ plan: 'bookstore', resume: 'bookstore-abcdefgh' }, 'both "plan" and "resume"'],
    [{ Plan: 'bookstore' }, 'no field "Plan"'],
    [{ plan: 'bookstore', onFailure: 'stop' }, '"onFailure"'],
    [{ plan: 'bookstore', onApproval: 'yes' }, '"onApproval"'],
    [{ plan: 'bookstore', takeOver: 'yes' }, '"takeOver"'],
    [{ plan: 'bookstore', disasterAt: 'yesterday' }, 'write it like "2026-11-20T03:12:00Z"'],
    [{ plan: 'bookstore', disasterAt: '2026-11-21T03:12:00Z' }, 'lies in the future'],
    [{ resume: 'bookstore-abcdefgh', planOnly: true }, 'leave one of the two out'],
    [{ plan: 'bookstore', planOnly: 'yes' }, '"planOnly"'],
    [{ resume: 'bookstore' }, 'is not a recovery id'],
    [{ resume: 'bookstore-abcdefgh', backup: 'b' }, 'a resumed one keeps what it had'],
  ])('refuses %j with one sentence', (input, sentence) => {
    const parse = () => parseRequest(input, now);

    expect(parse).toThrow(RequestError);
    expect(parse).toThrow(sentence);
  });
});

describe('a request whose plan asks for an approval', () => {
  const approval = { beforePhaseTwo: true };

  it.each([
    [{ onFailure: 'abort' }, approval, 'the run is unattended'],
    [{ onApproval: 'approve' }, { ...approval, people: 2 }, 'would go round those who must approve'],
    [{ onApproval: 'approve' }, { ...approval, approvers: [{ name: 'ana' }] }, 'would go round those who must approve'],
  ] as const)('is refused: %j with %j', (request, rule, sentence) => {
    const refuse = () => refuseUnclearApproval(request, { approval: rule });

    expect(refuse).toThrow(RequestError);
    expect(refuse).toThrow(sentence);
  });

  it.each([
    [{}, approval],
    [{ onFailure: 'abort', onApproval: 'wait' }, approval],
    [{ onFailure: 'abort', onApproval: 'approve' }, approval],
    [{ onFailure: 'abort' }, { ...approval, withinMs: 60_000 }],
    [{ onFailure: 'abort' }, { beforePhaseTwo: false }],
    [{ onApproval: 'abort' }, { ...approval, people: 2 }],
  ] as const)('is taken: %j with %j', (request, rule) => {
    expect(() => refuseUnclearApproval(request, { approval: rule })).not.toThrow();
  });
});

describe('resume of a recovery that has ended', () => {
  it.each(['recovered', 'recovered-with-exceptions', 'inconclusive'])('is refused: %s', (outcome) => {
    const refuse = () => refuseEnded('bookstore-a2b3c4d5', 'bookstore', outcome);

    expect(refuse).toThrow(RequestError);
    expect(refuse).toThrow(
      `"resume": recovery bookstore-a2b3c4d5 has ended as ${outcome} and there is nothing to go on with; if the site is lost again, start a new recovery: {"plan": "bookstore"}`,
    );
  });

  it.each(['aborted', 'failed', undefined])('is taken: %s', (outcome) => {
    expect(() => refuseEnded('bookstore-a2b3c4d5', 'bookstore', outcome)).not.toThrow();
  });
});
