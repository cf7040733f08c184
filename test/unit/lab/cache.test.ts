import { mkdtempSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cacheFolder, withLock } from '../../../lab/cache.ts';
import { pause } from '../../../lab/run.ts';

const folder = mkdtempSync(join(tmpdir(), 'rekindle-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the cache folder', () => {
  it('is where XDG_CACHE_HOME says, and ignores a relative path there', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/srv/cache' })).toBe('/srv/cache/rekindle');
    expect(cacheFolder({ XDG_CACHE_HOME: 'cache' })).toMatch(/^\/.*\/\.cache\/rekindle$/);
    expect(cacheFolder({})).toMatch(/^\/.*\/\.cache\/rekindle$/);
  });
});

describe('a lock', () => {
  it('lets one work at a time and is gone afterwards', async () => {
    const file = join(folder, 'one');
    const waits: number[] = [];
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await pause(20);
      inside -= 1;
    };

    await Promise.all([1, 2].map(() => withLock(file, (pid) => waits.push(pid), work)));

    expect(most).toBe(1);
    expect(waits).toEqual([process.pid]);
    expect(existsSync(file)).toBe(false);
  });

  it('is given back when the work fails', async () => {
    const file = join(folder, 'two');

    await expect(
      withLock(
        file,
        () => undefined,
        () => Promise.reject(new Error('no room')),
      ),
    ).rejects.toThrow('no room');

    expect(existsSync(file)).toBe(false);
  });

  it('is taken over from a process that is gone, and from one whose number another has now', async () => {
    const file = join(folder, 'three');
    const waits: number[] = [];

    writeFileSync(file, JSON.stringify({ pid: process.pid, startTicks: '1' }));
    const result = await withLock(
      file,
      (pid) => waits.push(pid),
      () => Promise.resolve('done'),
    );

    expect(result).toBe('done');
    expect(waits).toEqual([]);
  });
});
