import { isRaw, rawAt, type Raw } from './entries.ts';
import type { Fault, PlanPath } from './language.ts';
import { emptyKey, homes } from './quiesce.ts';
import { plain } from './words.ts';

/** Stopping all of these would stop the site itself. */
const neverAll: readonly unknown[] = ['Deployment', 'StatefulSet'];

/** Rekindle's own: the lock and the ledger are there. */
const ownNamespace = 'rekindle-system';

/** Entries that would stop more than the site, all of it, or the recovery; selectors that select nothing or everything. */
export function quiesceFaults(plan: unknown, veleroDefault: string): Fault[] {
  const path = ['spec', 'quiesce'];
  const list = rawAt(plan, path);
  if (!Array.isArray(list)) return [];
  const velero = rawAt(plan, ['spec', 'velero', 'namespace']) ?? veleroDefault;
  const namespaces = rawAt(plan, ['spec', 'namespaces']);
  return list.flatMap((raw: unknown, index): Fault[] => {
    if (!isRaw(raw)) return [];
    const at = [...path, index];
    return [...breadthFaults(raw, at), ...neededFaults(raw, at, { velero, namespaces }), ...selectorFaults(raw, at)];
  });
}

/** What takes all of a kind where that is too much: no choice at all, or one that only leaves some out. */
function breadthFaults(raw: Raw, at: PlanPath): Fault[] {
  const { kind, names, selector, namespaces } = raw;
  const isNever = neverAll.includes(kind);
  const isShared = kind === 'Schedule' || Object.hasOwn(homes, String(kind));
  if (names !== undefined || !(isNever || (isShared && namespaces === undefined))) return [];
  if (selector !== undefined) {
    if (!onlyLeavesOut(selector)) return [];
    const message = `selects everything but some ${String(kind)}s; say which by names, matchLabels, In or Exists`;
    return [{ path: [...at, 'selector'], message, atKey: true }];
  }
  const message = isNever
    ? `would scale every ${String(kind)} of the site to 0; say which: names or selector`
    : `would stop every ${String(kind)} of a namespace that other sites share; say which: names or selector, or write namespaces`;
  return [{ path: at, message }];
}

function onlyLeavesOut(selector: unknown): boolean {
  if (!isRaw(selector) || Object.keys(selector).some((key) => key !== 'matchLabels' && key !== 'matchExpressions'))
    return false;
  const { matchLabels, matchExpressions } = selector;
  if (isRaw(matchLabels) && Object.keys(matchLabels).length > 0) return false;
  return (
    Array.isArray(matchExpressions) &&
    matchExpressions.length > 0 &&
    matchExpressions.every((one: unknown) => isRaw(one) && ['NotIn', 'DoesNotExist'].includes(String(one['operator'])))
  );
}

/** What the recovery itself needs: Velero's workloads, and everything that is Rekindle's own. */
function neededFaults(
  { kind, namespaces }: Raw,
  at: PlanPath,
  around: { readonly velero: unknown; readonly namespaces: unknown },
): Fault[] {
  const isWritten = namespaces !== undefined;
  const list = isWritten ? namespaces : around.namespaces;
  if (!Array.isArray(list)) return [];
  return list.flatMap((namespace: unknown, i): Fault[] => {
    const isOwn = isWritten && namespace === ownNamespace; // among the site's own it is refused there
    if (!isOwn && !(neverAll.includes(kind) && namespace === around.velero)) return [];
    const instead = isWritten ? 'take it out' : 'write namespaces without it';
    const message = `would stop what the recovery itself needs (namespace ${plain(namespace)}); ${instead}`;
    return [{ path: isWritten ? [...at, 'namespaces', i] : at, message }];
  });
}

function selectorFaults({ selector }: Raw, at: PlanPath): Fault[] {
  if (!isRaw(selector)) return [];
  const path = [...at, 'selector'];
  const { matchLabels, matchExpressions } = selector;
  const isEmpty = Object.values(selector).every((value) =>
    isRaw(value) ? Object.keys(value).length === 0 : Array.isArray(value) && value.length === 0,
  );
  if (isEmpty) {
    const message =
      'found an empty selector, which selects everything; write matchLabels or matchExpressions, or leave it out';
    return [{ path, message }];
  }
  const faults =
    isRaw(matchLabels) && Object.hasOwn(matchLabels, '')
      ? [{ path: [...path, 'matchLabels', ''], message: emptyKey, atKey: true }]
      : [];
  if (!Array.isArray(matchExpressions)) return faults;
  const ofExpressions = matchExpressions.flatMap((one: unknown, i) =>
    isRaw(one) ? expressionFaults(one, [...path, 'matchExpressions', i]) : [],
  );
  return [...faults, ...ofExpressions];
}

function expressionFaults({ operator, values }: Raw, path: PlanPath): Fault[] {
  const faults: Fault[] = [];
  const count = Array.isArray(values) ? values.length : undefined;
  if ((operator === 'In' || operator === 'NotIn') && (values === undefined || count === 0))
    faults.push({ path, message: `operator ${operator} needs values; write values: [mail]` });
  if ((operator === 'Exists' || operator === 'DoesNotExist') && count)
    faults.push({
      path: [...path, 'values'],
      message: `operator ${operator} takes no values; take them out`,
      atKey: true,
    });
  return faults;
}
