import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Daemons, isAlive, markOf } from '../../../lab/processes.ts';
import { waitFor } from '../../../lab/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'rekindle-daemons-'));
const daemons = new Daemons(folder);
afterAll(async () => {
  for (const { name } of daemons.list()) await daemons.stop(name, 0);
  rmSync(folder, { recursive: true });
});

describe('a mark', () => {
  it('is not that of a later process with the same number', () => {
    const mark = markOf(process.pid);

    expect(isAlive(mark)).toBe(true);
    expect(isAlive({ pid: process.pid, startTicks: '1' })).toBe(false);
    expect(isAlive(undefined)).toBe(false);
  });
});

describe('a daemon', () => {
  it('is started once, listed, stopped and forgotten', async () => {
    expect(daemons.start({ name: 'sleeper', argv: ['sleep', '60'] })).toBe(true);
    expect(daemons.start({ name: 'sleeper', argv: ['sleep', '60'] })).toBe(false);
    expect(daemons.list()).toMatchObject([{ name: 'sleeper', running: true }]);

    await daemons.stop('sleeper', 5000);

    expect(daemons.list()).toEqual([]);
  });

  it('is killed where it does not end when asked', async () => {
    daemons.start({ name: 'deaf', argv: ['sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 0.1; done'] });
    await waitFor('it is deaf', 5, () => (readFileSync(daemons.logFile('deaf'), 'utf8') === '' ? undefined : true), 10);

    await daemons.stop('deaf', 50);

    expect(daemons.list()).toEqual([]);
  });

  it('that ended is told with its last words, at once', async () => {
    // Lives long enough to be known: one that is gone before that is told by `start` itself, as not started.
    daemons.start({ name: 'brief', argv: ['sh', '-c', 'sleep 0.5; echo no such port >&2; exit 3'] });

    const waiting = waitFor('it answers', 5, () => daemons.insist('brief'), 10);

    await expect(waiting).rejects.toThrow(/it answers: brief ended; its log .*brief\.log ends with: no such port/);
  });

  it('that cannot be started is told with the command', () => {
    expect(() => daemons.start({ name: 'absent', argv: ['/nonexistent/program'] })).toThrow(
      'absent could not be started (/nonexistent/program)',
    );
  });
});
