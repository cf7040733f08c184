import type { Finding } from '../drivers/driver.ts';
import { drivers } from '../drivers/registry.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import { type Plan, stepsOf } from '../model/plan.ts';
import { refText } from '../model/verdict.ts';
import { labelKeys } from './names.ts';
import type { Session } from './session.ts';

/** What makes a namespace a live one: something that runs there, or data. */
const liveKinds = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
] as const;

const named = 5;

async function liveObjects(kube: KubeClient, namespace: string, signal: AbortSignal): Promise<KubeObject[]> {
  const lists = await Promise.all(liveKinds.map((kind) => kube.list(kind, { namespace, signal })));
  // A list's items have no kind of their own.
  return lists.flatMap((list, index) =>
    list.items.map((item) => ({ ...item, kind: liveKinds[index]?.kind ?? item.kind })),
  );
}

async function namespaceFindings(kube: KubeClient, plan: Plan, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of plan.namespaces) {
    const namespace = await kube.get({ apiVersion: 'v1', kind: 'Namespace', name }, { signal });
    if (!namespace?.metadata.deletionTimestamp) continue;
    const message = `Namespace ${name} is Terminating in cluster ${kube.context}: nothing can be restored into it; find what holds it (kubectl get namespace ${name} -o yaml, its conditions), then retry preflight`;
    findings.push({ severity: 'block', reason: 'NamespaceTerminating', message });
  }
  return findings;
}

/** Blocks where the site is still there. What this very recovery has made does not count. */
async function liveSiteFinding(session: Session): Promise<Finding | undefined> {
  const { kube, plan, signal, run } = session;
  const lists = await Promise.all(plan.namespaces.map((namespace) => liveObjects(kube, namespace, signal)));
  const live = lists.flat().filter((object) => object.metadata.labels?.[labelKeys.recovery] !== run.recovery);
  if (live.length === 0) return undefined;
  const names = live.slice(0, named).map((object) => refText({ kind: object.kind, ...object.metadata }));
  const rest = live.length > named ? ` and ${live.length - named} more` : '';
  const found = `the site is still there in cluster ${kube.context}: ${names.join(', ')}${rest}`;
  if (session.ledger.run.intoLiveSite === plan.cluster)
    return { severity: 'warn', reason: 'LiveSite', message: `${found}; the request allowed it` };
  return {
    severity: 'block',
    reason: 'LiveSite',
    message: `${found}; to restore into it all the same start with "intoLiveSite": "${plan.cluster}"`,
  };
}

async function driverFindings(session: Session): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { tier, step } of stepsOf(session.plan)) {
    const context = session.driverContext({ tier, step: step.name, generation: 1, attempt: 1 });
    for (const finding of await drivers[step.driver].preflight(context, step.spec))
      if (!findings.some((known) => known.reason === finding.reason && known.message === finding.message))
        findings.push(finding);
  }
  return findings;
}

/** Everything that stands in the way, looked for before the first act. Reads only. */
export async function preflight(session: Session, resumed: boolean): Promise<Finding[]> {
  const namespaces = await namespaceFindings(session.kube, session.plan, session.signal);
  const live = resumed ? undefined : await liveSiteFinding(session);
  const findings = [...namespaces, ...(live ? [live] : [])];
  try {
    findings.push(...(await driverFindings(session)));
  } catch (error) {
    if (!(error instanceof KubeError && error.code === 403)) throw error;
    findings.push({ severity: 'block', reason: 'PermissionDenied', message: error.message });
  }
  return findings;
}
