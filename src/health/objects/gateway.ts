import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, type Verdict } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byCondition } from '../by-status.ts';
import { after, conditionOf, conditionsIn, listAt, textAt } from '../read.ts';

/** Reasons that only mean "not yet": an address to come, nodes to come, nobody has looked. */
const waiting: readonly string[] = ['Pending', 'NotReconciled', 'AddressNotAssigned', 'NoResources'];

/**
 * Accepted and programmed, and each listener has what it names. Scheduled and Ready are the older words for the two.
 * Source: Gateway API 1.6, apis/v1/gateway_types.go GatewayCondition*, ListenerCondition*.
 */
export const gateway: KindRule = {
  group: 'gateway.networking.k8s.io',
  kind: 'Gateway',
  assess(object) {
    const accepted = by(object, 'Accepted', 'Scheduled');
    if (accepted.verdict !== 'Healthy') return accepted;
    const trouble = listAt(object, 'status', 'listeners').flatMap((entry) => listenerTrouble(object, entry) ?? [])[0];
    if (trouble !== undefined) return trouble;
    const programmed = by(object, 'Programmed', 'Ready');
    if (programmed.verdict !== 'Healthy') return programmed;
    const [address] = listAt(object, 'status', 'addresses').flatMap((entry) => textAt(entry, 'value') ?? []);
    return healthy('Programmed', address === undefined ? 'is programmed' : `is programmed, reached at ${address}`);
  },
};

function by(object: KubeObject, type: string, older: string): Verdict {
  return byCondition(conditionOf(object, type) ?? conditionOf(object, older), {
    writer: 'its controller',
    type,
    waiting,
  });
}

function listenerTrouble(object: KubeObject, listener: unknown): Verdict | undefined {
  const conditions = conditionsIn(listener, object);
  const bad = conditions.find(
    ({ type, status, reason }) =>
      (status === 'True' && ['Conflicted', 'Detached'].includes(type)) ||
      (status === 'False' && ['Accepted', 'ResolvedRefs', 'Programmed'].includes(type) && !waiting.includes(reason)),
  );
  if (bad === undefined) return undefined;
  return degraded(
    bad.reason || bad.type,
    `listener ${textAt(listener, 'name') ?? '?'}: ${bad.type}=${bad.status}${after(bad.message)}`,
  );
}
