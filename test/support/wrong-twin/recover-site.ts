/** The deliberately wrong twins of the workflows: one activity more. The replay test must find them out. */
import { proxyActivities } from '@temporalio/workflow';
import { drillSite as rightDrill } from '../../../workflows/drill-site.ts';
import { recoverSite as rightOne } from '../../../workflows/recover-site.ts';

const { oneMore } = proxyActivities<{ oneMore(): Promise<void> }>({ startToCloseTimeout: '1s' });

export async function recoverSite(input?: unknown): ReturnType<typeof rightOne> {
  await oneMore();
  return rightOne(input);
}

export async function drillSite(input?: unknown): ReturnType<typeof rightDrill> {
  await oneMore();
  return rightDrill(input);
}
