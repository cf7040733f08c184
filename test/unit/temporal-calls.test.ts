import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { isAway } from '../../src/temporal.ts';
import { retriedCalls } from '../../src/temporal-calls.ts';

/** A connection to a port where nobody listens. */
function toNobody() {
  const calls = retriedCalls();
  const connection = Connection.lazy({ address: '127.0.0.1:9', interceptors: [...calls.interceptors] });
  const ask = () =>
    connection.workflowService.describeNamespace({ namespace: 'default' }).then(
      () => 'answered',
      (error: unknown) => error,
    );
  return { connection, calls, ask };
}

describe('calls to Temporal', () => {
  it('that wait for their next attempt when the connection is closed end as cancelled, and throw nowhere', async () => {
    const { connection, calls, ask } = toNobody();
    const waiting = ask();
    await sleep(1_500);
    calls.end();
    await connection.close();

    const error = await waiting;

    expect(error).toMatchObject({ code: 1, details: 'the connection to Temporal was closed' });
    expect(isAway(error)).toBe(true);
    expect(await ask()).toMatchObject({ code: 1 });
  });

  it('are tried again for as long as nobody answers', async () => {
    const { connection, calls, ask } = toNobody();
    const first = await Promise.race([ask(), sleep(3_000, 'still waits')]);
    calls.end();
    await connection.close();

    expect(first).toBe('still waits');
  });

  it('that fail otherwise say nothing of an outage', () => {
    expect(isAway(Object.assign(new Error('5 NOT_FOUND'), { code: 5, details: '', metadata: {} }))).toBe(false);
    expect(isAway(new Error('a bug'))).toBe(false);
  });
});
