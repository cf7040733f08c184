import { RunFailed } from './failed.ts';
import type { Run } from './run.ts';

/**
 * Waits until all of them have ended, whatever happens: an act that is under way when a sibling fails the run is stopped
 * and waited for, so that nothing still acts when the lock is given back. Then throws what failed first.
 */
export async function allOf(run: Run, works: readonly Promise<void>[]): Promise<void> {
  let failed: RunFailed | undefined;
  const watched = works.map(async (work) => {
    try {
      await work;
    } catch (error) {
      if (error instanceof RunFailed && !failed) {
        failed = error;
        run.scope.cancel();
      }
      throw error;
    }
  });
  const ended = await Promise.allSettled(watched);
  if (failed) throw failed;
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
}
