import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';

function lines(json: boolean): { readonly written: string[]; readonly log: ReturnType<typeof createLog> } {
  const written: string[] = [];
  const now = (): Date => new Date('2026-11-21T04:05:06.007Z');
  return { written, log: createLog({ json, colour: false, now, write: (line) => written.push(line) }) };
}

describe('log lines', () => {
  it('are one JSON object each in a pipe', () => {
    const { written, log } = lines(true);

    log('info', 'polling', { taskQueue: 'rekindle', count: 2 });

    expect(written).toEqual([
      '{"at":"2026-11-21T04:05:06.007Z","level":"info","message":"polling","taskQueue":"rekindle","count":2}',
    ]);
  });

  it('are one line for people in a terminal', () => {
    const { written, log } = lines(false);

    log('warn', 'slow', { seconds: 3 });

    expect(written).toEqual(['04:05:06.007 warn  slow seconds=3']);
  });

  it.each([
    ['by its name', { apiKey: 'abc' }],
    ['in a header', { text: 'Authorization: Bearer abcdefghijkl' }],
    ['in an address', { url: 'https://ana:abcdefghijkl@host/' }],
    ['inside an object', { inner: { password: 'abcdefghijkl' } }],
    ['in an error', { error: new Error('token=abcdefghijkl was refused') }],
  ])('never show a secret: %s', (_, fields) => {
    const { written, log } = lines(true);

    log('error', 'refused', fields);

    expect(written.join()).not.toContain('abc');
    expect(written).toHaveLength(1);
  });

  it('show an error as its name and message, without a stack', () => {
    const { written, log } = lines(true);

    log('error', 'failed', { error: new TypeError('no such thing') });

    expect(written[0]).toContain('"error":"TypeError: no such thing"');
    expect(written[0]).not.toContain('log.test.ts');
  });
});
