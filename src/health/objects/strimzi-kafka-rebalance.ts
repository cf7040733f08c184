import { degraded, healthy, progressing, suspended } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { after, conditionsOf } from '../read.ts';
import { strimziAside } from '../strimzi.ts';

const states = [
  'New',
  'PendingProposal',
  'ProposalReady',
  'Rebalancing',
  'Stopped',
  'NotReady',
  'Ready',
  'ReconciliationPaused',
] as const;

/**
 * Ready: partitions are where Cruise Control wants them. A proposal waits for a person; NotReady stays until somebody asks for a
 * refresh. A template is never carried out. Source: Strimzi 1.2, api KafkaRebalanceState.java (the condition's type is the state).
 */
export const strimziKafkaRebalance: KindRule = {
  group: 'kafka.strimzi.io',
  kind: 'KafkaRebalance',
  terminal: ['RebalanceFailed'],
  aside: strimziAside,
  assess(object) {
    if (object.metadata.annotations?.['strimzi.io/rebalance-template'] === 'true')
      return healthy('Template', 'is a template: nothing is done with it');
    const conditions = conditionsOf(object).filter(({ status }) => status === 'True');
    const state = states.find((name) => conditions.some(({ type }) => type === name));
    const words = after(conditions.find(({ type }) => type === state)?.message);
    switch (state) {
      case undefined:
        return progressing(
          'NoStatus',
          `is in no state that is known here${after(conditions.map(({ type }) => type).join(', '))}`,
        );
      case 'Ready':
        return healthy('Ready');
      case 'NotReady':
        return degraded('RebalanceFailed', `has failed, and waits for strimzi.io/rebalance=refresh${words}`);
      case 'ProposalReady':
        return suspended('ProposalReady', 'its proposal waits for strimzi.io/rebalance=approve');
      case 'Stopped':
      case 'ReconciliationPaused':
        return suspended(state, `is ${state === 'Stopped' ? 'stopped' : 'paused'} by a person`);
      case 'New':
      case 'PendingProposal':
      case 'Rebalancing':
        return progressing(state, `state is ${state}`);
    }
  },
};
