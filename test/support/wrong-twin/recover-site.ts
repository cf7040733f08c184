/** The deliberately wrong twin of `recoverSite`: one activity more. The replay test must find it out. */
import { proxyActivities } from '@temporalio/workflow';
import { recoverSite as rightOne } from '../../../workflows/recover-site.ts';

const { oneMore } = proxyActivities<{ oneMore(): Promise<void> }>({ startToCloseTimeout: '1s' });

export async function recoverSite(input?: unknown): ReturnType<typeof rightOne> {
  await oneMore();
  return rightOne(input);
}
