import type { BackupItem } from '../model/backup.ts';
import { forHistory } from '../model/redact.ts';
import { type Completeness, noCompleteness } from '../model/report.ts';
import { type Accounted, account, ignores } from '../velero/accounting.ts';
import { readStoreTimes } from '../velero/data-times.ts';
import { type ListJob, readLive } from '../velero/live.ts';
import { landing, mappingOf } from '../velero/mapping.ts';
import { neverRestored } from '../velero/never.ts';
import { readOwnRestores } from '../velero/own-restores.ts';
import type { Session } from './session.ts';

/** Missing objects that a report names. */
const listed = 200;

const none: Completeness = { ...noCompleteness, judged: true };

/** Accounts for every object of the Backup at the end: nothing may be left over in silence. */
export async function judgeCompleteness(session: Session, skipped: readonly string[] = []): Promise<Completeness> {
  const { backup } = session.ledger.run;
  if (!backup) return none;
  const { items } = await session.inventory();
  const ignored = items.filter((item) => session.plan.ignore.some((rule) => ignores(rule, item)));
  const excluded = items.filter((item) => neverRestored(item) && !ignored.includes(item));
  const aside = new Set([...ignored, ...excluded]);
  const wanted = items.filter((item) => !aside.has(item));
  const mapping = mappingOf(session.plan);
  const landed = wanted.map((item) => landing(mapping, item));
  // A Backup may hold more than the worker may see: that is told of each object, and the run ends all the same.
  const refused: ListJob[] = [];
  const [live, restores] = await Promise.all([
    readLive(session.kube, landed, session.signal, (list) => refused.push(list)),
    readOwnRestores(session.kube, { recovery: session.run.recovery, namespace: backup.namespace }, session.signal),
  ]);
  const accounted = account({
    wanted,
    items,
    recovery: session.run.recovery,
    restores,
    live,
    isRestored: (item) => session.restoredBy(item) !== undefined,
    firstWriteAt: session.ledger.firstWriteAt,
    veleroNamespace: backup.namespace,
    ignore: session.plan.ignore,
    mapping,
  });
  return {
    ...counted(
      accounted.map((found) => withRefusal(found, refused)),
      session,
      skipped,
    ),
    backedUp: items.length,
    excluded: excluded.length,
    ignored: ignored.length,
    stores: await readStoreTimes(session.kube, backup, wanted, (item) => session.restoredBy(item), session.signal),
  };
}

/** What may not be looked at is not accounted for, whatever was made of it. */
function withRefusal(found: Accounted, refused: readonly ListJob[]): Accounted {
  const { apiVersion, kind, namespace } = found.at;
  const isRefused = refused.some(
    (list) => list.apiVersion === apiVersion && list.kind === kind && list.namespace === namespace,
  );
  if (found.account !== 'missing' || !isRefused) return found;
  return { ...found, why: `not known whether it is there: the worker may not list ${kind} objects there` };
}

function counted(accounted: readonly Accounted[], session: Session, skipped: readonly string[]): Completeness {
  const count = (...kinds: readonly Accounted['account'][]) =>
    accounted.filter((found) => kinds.includes(found.account)).length;
  const missing = accounted.filter((found) => found.account === 'missing' || found.account === 'existing');
  return {
    ...none,
    created: count('created', 'earlier', 'byClaim'),
    accepted: count('usual'),
    derived: count('derived'),
    platform: count('platform'),
    missing: missing.slice(0, listed).map((found) => missingLine(found, session, skipped)),
    missingCut: Math.max(0, missing.length - listed),
  };
}

function missingLine(
  { item, why, account: found }: Accounted,
  session: Session,
  skipped: readonly string[],
): Completeness['missing'][number] {
  const { apiVersion, kind, namespace, name }: BackupItem = item;
  const step = session.restoredBy(item);
  const place = step
    ? `step ${step}${skipped.includes(step) ? ', which was skipped' : ''}`
    : 'no step of the plan restores it';
  const what = found === 'existing' ? `there, but not by this recovery: ${why ?? ''}` : (why ?? 'not there');
  const accepted = found === 'missing' && step ? acceptedText(step, session) : '';
  return {
    apiVersion,
    kind,
    ...(namespace ? { namespace } : {}),
    name,
    why: forHistory(`${place}; ${what}${accepted}`, 300),
  };
}

/** A step that ended well though objects of it are missing had errors that were accepted. */
function acceptedText(step: string, session: Session): string {
  const person = session.ledger.steps[step]?.acceptedErrors;
  if (person) return `; the step's errors were accepted by ${person.by}, as stated (${person.reason})`;
  const rules = session.step(step).step.spec['acceptErrors'];
  return Array.isArray(rules) && rules.length > 0 ? '; the plan accepts errors of the step' : '';
}
