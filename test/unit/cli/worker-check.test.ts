import { describe, expect, it } from 'vitest';
import { isOfHost } from '../../../src/cli/worker-check.ts';
import { workerIdentity } from '../../../src/worker.ts';

describe('the check of a worker', () => {
  it('knows the workers of its own host by their identities', () => {
    expect(isOfHost(workerIdentity('rekindle-worker-6c9f-abcde'), 'rekindle-worker-6c9f-abcde')).toBe(true);
    expect(isOfHost(workerIdentity('rekindle-worker-6c9f-abcde'), 'rekindle-worker-6c9f')).toBe(false);
    expect(isOfHost(workerIdentity('one'), 'other')).toBe(false);
    expect(isOfHost('7@one', 'one')).toBe(false);
  });
});
