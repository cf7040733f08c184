import { describe, expect, it } from 'vitest';
import { kafka } from '../../../src/health/checks/kafka.ts';
import { judgeOffline, judgeReplicas } from '../../../src/health/engines/kafka.ts';
import type { Verdict } from '../../../src/model/verdict.ts';
import { fakeEngine, type Act } from '../../support/fake-engine.ts';
import { contextOf } from './check-kube.ts';

/** As Kafka 3.9.1 prints it. */
const topics = `Topic: orders	TopicId: IqgkdF29TraT4fOwPy51cg	PartitionCount: 2	ReplicationFactor: 3	Configs: 
	Topic: orders	Partition: 0	Leader: 1	Replicas: 1,2,3	Isr: 1,2,3	Elr: 	LastKnownElr: 
	Topic: orders	Partition: 1	Leader: 2	Replicas: 2,3,1	Isr: 2,3,1	Elr: 	LastKnownElr: 
`;

function judge(acts: { readonly [part: string]: Act }): Promise<Verdict> {
  const { kube } = fakeEngine(acts);
  return kafka.observe(contextOf(kube), kafka.spec.parse({ pod: 'orders-db-1', data: { topic: 'orders' } }));
}

describe('the partitions of a Kafka', () => {
  it.each([
    { what: 'no topic at all', stdout: '\n', verdict: 'Missing', reason: 'NoTopics' },
    { what: 'an unknown form', stdout: topics.replaceAll('Replicas:', 'ReplicaSet:'), reason: 'UnknownForm' },
    {
      what: 'one line of an unknown form',
      stdout: topics.replace('Leader: 2', 'Leader: nobody'),
      reason: 'UnknownForm',
    },
    { what: 'other words', stdout: 'OpenJDK warning: low memory', reason: 'UnknownForm' },
  ])('do not pass over $what', async ({ stdout, verdict = 'Unknown', reason }) => {
    const seen = await judge({ 'kafka-topics': stdout });

    expect(seen).toMatchObject({ verdict, reason, message: expect.stringMatching(/^partitions have a leader: /) });
  });

  it.each([
    { what: 'nothing, of a list that is understood', all: topics, some: '', verdict: 'Healthy' },
    { what: 'nothing, of a list cut in a line', all: topics.slice(0, 250), some: '', verdict: 'Healthy' },
    { what: 'nothing, of a list that is not understood', all: 'Themen: 3', some: '', verdict: 'Unknown' },
    {
      what: 'what is not understood',
      all: topics,
      some: '\tTopic: orders\tPartition: 0\tNo leader\n',
      verdict: 'Unknown',
    },
  ])('are judged by a filter that leaves $what', ({ all, some, verdict }) => {
    expect(judgeOffline(some, all).verdict).toBe(verdict);
    expect(judgeReplicas(some, all).verdict).toBe(verdict);
  });

  it('in trouble are told also of a list that is cut itself', () => {
    const offline = '\tTopic: orders\tPartition: 0\tLeader: none\tReplicas: 1,2\tIsr: \n\tTopic: ord';

    expect(judgeOffline(offline, topics).reason).toBe('OfflinePartitions');
    expect(judgeReplicas(offline, topics).reason).toBe('UnderReplicated');
  });
});
