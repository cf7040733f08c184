import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, unknown, type Verdict } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';
import { byCondition, worstOf } from './by-status.ts';
import { after, conditionsIn, listAt, numberAt, textAt, type Fields } from './read.ts';

/**
 * The rule of a route: every parent that it names has accepted it and finds all backends. A status entry of a parent that
 * it does not name any more says nothing. Source: Gateway API 1.6, apis/v1/shared_types.go RouteParentStatus, RouteCondition*.
 */
export function gatewayRoute(kind: string): KindRule {
  return { group: 'gateway.networking.k8s.io', kind, assess: routeVerdict };
}

function routeVerdict(object: KubeObject): Verdict {
  const [first, ...others] = listAt(object, 'spec', 'parentRefs');
  if (first === undefined) return unknown('NoParent', 'names no Gateway that it would belong to');
  const worst = worstOf([parentVerdict(object, first), ...others.map((ref) => parentVerdict(object, ref))]);
  return worst.verdict === 'Healthy' ? healthy('Accepted', `accepted by ${others.length + 1} parents`) : worst;
}

function parentVerdict(object: KubeObject, ref: Fields): Verdict {
  const name = parentText(object, ref);
  const [first, ...others] = listAt(object, 'status', 'parents')
    .filter((entry) => parentText(object, entry['parentRef']) === name)
    .map((entry) => entryVerdict(object, entry));
  if (first === undefined) return progressing('NotAccepted', `${name} has not looked at it yet`);
  // A controller that is gone may have left its entry behind.
  const verdict = [first, ...others].find((one) => one.verdict === 'Healthy') ?? worstOf([first, ...others]);
  return { ...verdict, message: `${name}: ${verdict.message}` };
}

function entryVerdict(object: KubeObject, entry: Fields): Verdict {
  const conditions = conditionsIn(entry, object);
  const by = (type: string, waiting: readonly string[]): Verdict =>
    byCondition(
      conditions.find((condition) => condition.type === type),
      { writer: 'its controller', type, waiting },
    );
  const accepted = by('Accepted', ['Pending']);
  if (accepted.verdict !== 'Healthy') return accepted;
  const partly = conditions.find(({ type, status }) => type === 'PartiallyInvalid' && status === 'True');
  if (partly !== undefined)
    return degraded('PartiallyInvalid', `some of its rules are left out${after(partly.message)}`);
  return by('ResolvedRefs', []);
}

/** `Gateway shop/edge, section https`: two references to the same parent read the same. */
function parentText(object: KubeObject, ref: unknown): string {
  const group = textAt(ref, 'group') ?? 'gateway.networking.k8s.io';
  const kind = `${textAt(ref, 'kind') ?? 'Gateway'}${group === 'gateway.networking.k8s.io' ? '' : `.${group}`}`;
  const [section, port] = [textAt(ref, 'sectionName'), numberAt(ref, 'port')];
  const part = `${section === undefined ? '' : `, section ${section}`}${port === undefined ? '' : `, port ${port}`}`;
  return `${kind} ${textAt(ref, 'namespace') ?? object.metadata.namespace ?? ''}/${textAt(ref, 'name') ?? '?'}${part}`;
}
