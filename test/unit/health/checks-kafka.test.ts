import { describe, expect, it } from 'vitest';
import { kafka } from '../../../src/health/checks/kafka.ts';
import { KubeError } from '../../../src/kube/error.ts';
import type { ExecResult, KubeClient } from '../../../src/kube/types.ts';
import { contextOf, fakeKube, pod } from './check-kube.ts';

/** What the tools of Kafka 3.9.1 print, taken from a real one. */
const topics = `Topic: orders	TopicId: IqgkdF29TraT4fOwPy51cg	PartitionCount: 2	ReplicationFactor: 3	Configs: 
	Topic: orders	Partition: 0	Leader: 1	Replicas: 1,2,3	Isr: 1,2,3	Elr: 	LastKnownElr: 
	Topic: orders	Partition: 1	Leader: 2	Replicas: 2,3,1	Isr: 2,3,1	Elr: 	LastKnownElr: 
Topic: orders.dead	TopicId: AqgkdF29TraT4fOwPy51cg	PartitionCount: 1	ReplicationFactor: 3	Configs: 
	Topic: orders.dead	Partition: 0	Leader: 3	Replicas: 3,1,2	Isr: 3,1,2	Elr: 	LastKnownElr: 
`;
const groupHead =
  '\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\n';
const group = `${groupHead}shipping        orders          0          200             300             100             -               -               -
shipping        orders          1          50              200             150             -               -               -
`;

type Said = Partial<ExecResult>;

const times = new Map([
  ['-1', ' latest'],
  ['-2', ' earliest'],
]);

/** Answers by tool; a tool that is not named is not there. `--time -1` and `-2` are asked for by `latest` and `earliest`. */
function exec(said: { readonly [tool: string]: Said }, home = '/opt/kafka/bin/'): KubeClient['exec'] {
  return ({ command }) => {
    const [program = ''] = command;
    const tool = program.startsWith(home) ? program.slice(home.length).replace(/\.sh$/, '') : '';
    const time = times.get(command.at(-1) ?? '') ?? '';
    const answer = said[`${tool}${time}`];
    if (answer === undefined)
      return Promise.reject(new KubeError('no such program', { code: 500, reason: 'CommandNotFound' }));
    return Promise.resolve({ exitCode: 0, stdout: '', stderr: '', cut: false, ...answer });
  };
}

const well = {
  'kafka-topics': { stdout: topics },
  'kafka-get-offsets latest': { stdout: 'orders:0:300\norders:1:200\n' },
  'kafka-get-offsets earliest': { stdout: 'orders:0:100\norders:1:0\n' },
  'kafka-consumer-groups': { stdout: group },
};

function judge(more: object, said: { readonly [tool: string]: Said } = {}) {
  const kube = fakeKube({ objects: [pod('events-0')], exec: exec({ ...well, ...said }) });
  return kafka.observe(contextOf(kube), kafka.spec.parse({ podSelector: { app: 'orders-db' }, ...more }));
}

describe('kafka', () => {
  it('climbs to the messages and the group, and counts by offsets', async () => {
    const seen = await judge({
      data: { topic: 'orders', partitions: 2, expect: { equals: 400 } },
      group: { name: 'shipping', lag: { atMost: 250 } },
    });

    expect(seen).toEqual({
      verdict: 'Healthy',
      reason: 'GroupAsExpected',
      message:
        'pod ready, accepts connections, partitions have a leader, replicas are in sync, topic, data, group: consumer group shipping is 250 messages behind',
    });
  });

  it.each([
    {
      what: 'a partition without a leader',
      more: {},
      said: { 'kafka-topics': { stdout: topics.replace('Leader: 2', 'Leader: none') } },
      verdict: 'Degraded',
      reason: 'OfflinePartitions',
      says: 'partitions have a leader: 1 partitions have no leader, so nobody reads or writes them: orders-1;',
    },
    {
      what: 'replicas that are not in sync',
      more: {},
      said: { 'kafka-topics': { stdout: topics.replace('Isr: 2,3,1', 'Isr: 2') } },
      verdict: 'Progressing',
      reason: 'UnderReplicated',
      says: 'replicas are in sync: 1 partitions have replicas that are not in sync: orders-1 (1 of 3);',
    },
    {
      what: 'no such topic',
      more: { data: { topic: 'payments' } },
      said: {},
      verdict: 'Missing',
      reason: 'NoTopic',
      says: 'topic: there is no topic payments',
    },
    {
      what: 'a topic that a client made anew',
      more: { data: { topic: 'orders', partitions: 12 } },
      said: {},
      verdict: 'Degraded',
      reason: 'OtherPartitions',
      says: 'topic orders has 2 partitions, expected 12: it was made anew by a client',
    },
    {
      what: 'a topic that was never written to',
      more: { data: { topic: 'orders' } },
      said: { 'kafka-get-offsets latest': { stdout: 'orders:0:0\norders:1:0\n' } },
      verdict: 'Degraded',
      reason: 'EmptyTopic',
      says: 'nothing was ever written to it, so its log was not restored',
    },
    {
      what: 'messages past their retention',
      more: { data: { topic: 'orders' } },
      said: { 'kafka-get-offsets earliest': { stdout: 'orders:0:300\norders:1:200\n' } },
      verdict: 'Degraded',
      reason: 'EmptyTopic',
      says: 'its messages are past their retention time',
    },
    {
      what: 'another number of messages',
      more: { data: { topic: 'orders', expect: { atLeast: 401 } } },
      said: {},
      verdict: 'Degraded',
      reason: 'OtherCount',
      says: 'topic orders has 400 messages by its offsets, expected at least 401',
    },
    {
      what: 'a partition without an offset',
      more: { data: { topic: 'orders' } },
      said: { 'kafka-get-offsets latest': { stdout: 'orders:0:300\norders:1:\n' } },
      verdict: 'Unknown',
      reason: 'NoOffsets',
      says: 'Kafka did not tell the offsets of every partition of orders',
    },
    {
      what: 'no such group, said with exit code 0',
      more: { group: { name: 'billing' } },
      said: { 'kafka-consumer-groups': { stderr: "\nError: Consumer group 'billing' does not exist.\n" } },
      verdict: 'Missing',
      reason: 'NoGroup',
      says: 'there is no consumer group billing: its offsets were not restored (__consumer_offsets)',
    },
    {
      what: 'a coordinator that does not answer, said with exit code 0',
      more: { group: { name: 'shipping' } },
      said: {
        'kafka-consumer-groups': {
          stdout:
            '\nError: Executing consumer group command failed due to TimeoutException: Timed out waiting for a node\n',
        },
      },
      verdict: 'Progressing',
      reason: 'NoBroker',
      says: 'no broker answers at localhost:9092',
    },
    {
      what: 'a group without an offset where there are messages',
      more: { group: { name: 'shipping' } },
      said: {
        'kafka-consumer-groups': {
          stdout: group.replace('50              200             150', '-               200             -  '),
        },
      },
      verdict: 'Degraded',
      reason: 'NoOffsets',
      says: 'consumer group shipping has no offset for 1 of 2 partitions',
    },
    {
      what: 'a group that stands behind the end of the log',
      more: { group: { name: 'shipping' } },
      said: {
        'kafka-consumer-groups': {
          stdout: group.replace('50              200             150', '250             200             -50'),
        },
      },
      verdict: 'Degraded',
      reason: 'OffsetAhead',
      says: 'stands at 250 of orders-1, which ends at 200: offsets and messages are not of the same moment',
    },
    {
      what: 'a group that is too far behind',
      more: { group: { name: 'shipping', topic: 'orders', lag: { atMost: 249 } } },
      said: {},
      verdict: 'Progressing',
      reason: 'Lag',
      says: 'consumer group shipping is 250 messages behind of topic orders, expected at most 249',
    },
    {
      what: 'brokers that are away',
      more: { brokers: 3 },
      said: {
        'kafka-broker-api-versions': {
          stdout: 'a:9092 (id: 1 rack: null) -> (\n)\nb:9092 (id: 2 rack: null) -> (\n)\n',
        },
      },
      verdict: 'Degraded',
      reason: 'BrokersAway',
      says: 'brokers: 2 of 3 brokers answer',
    },
    {
      what: 'a broker that does not answer',
      more: {},
      said: {
        'kafka-topics': {
          exitCode: 1,
          stderr: 'Error while executing topic command : Timed out waiting for a node assignment.',
        },
      },
      verdict: 'Progressing',
      reason: 'NoBroker',
      says: 'whether advertised.listeners still names the lost site',
    },
    {
      what: 'the name of the lost site',
      more: { bootstrapServer: 'kafka.old-site:9092' },
      said: {
        'kafka-topics': {
          exitCode: 1,
          stderr: 'ConfigException: No resolvable bootstrap urls given in bootstrap.servers',
        },
      },
      verdict: 'Degraded',
      reason: 'NoSuchHost',
      says: 'the name in kafka.old-site:9092 is not known in the container',
    },
    {
      what: 'a login that is lacking',
      more: {},
      said: {
        'kafka-topics': { exitCode: 1, stderr: 'SaslAuthenticationException: Authentication failed: secret-text' },
      },
      verdict: 'Degraded',
      reason: 'LoginFailed',
      says: 'write commandConfig',
    },
  ])('says so: $what', async ({ more, said, verdict, reason, says }) => {
    const seen = await judge(more, said);

    expect(seen).toMatchObject({ verdict, reason });
    expect(seen.message).toContain(says);
    expect(seen.message).not.toContain('secret-text');
  });

  it('looks for the tools where the known images have them, and says where it looked', async () => {
    const spec = kafka.spec.parse({ podSelector: { app: 'orders-db' } });
    const bitnami = fakeKube({ objects: [pod('events-0')], exec: exec(well, '/opt/bitnami/kafka/bin/') });
    const bare = fakeKube({ objects: [pod('events-0')], exec: exec({}) });

    expect((await kafka.observe(contextOf(bitnami), spec)).verdict).toBe('Healthy');
    expect((await kafka.observe(contextOf(bare), spec)).message).toBe(
      'accepts connections: the container has no kafka-topics.sh on the PATH, in /opt/kafka/bin or /opt/bitnami/kafka/bin; write tools: {folder: …}, or {classpath: …} where there are only jars',
    );
  });

  it('asks with filters where the list of all topics is longer than is read', async () => {
    const asked: string[] = [];
    const answer = exec(well);
    const kube = fakeKube({
      objects: [pod('events-0')],
      exec: async (options) => {
        asked.push(options.command.slice(3).join(' '));
        return { ...(await answer(options)), cut: options.command.length === 4 };
      },
    });
    await kafka.observe(
      contextOf(kube),
      kafka.spec.parse({ podSelector: { app: 'orders-db' }, data: { topic: 'orders' } }),
    );

    expect(asked.slice(1, 4)).toEqual([
      '--describe --unavailable-partitions',
      '--describe --under-replicated-partitions',
      '--describe --topic orders',
    ]);
  });

  it('asserts data where nothing would not do', () => {
    const asserts = (data: object | undefined): boolean | undefined =>
      kafka.expectsData?.(kafka.spec.parse({ podSelector: { app: 'x' }, ...(data === undefined ? {} : { data }) }));

    expect(asserts(undefined)).toBe(false);
    expect(asserts({ topic: 'orders' })).toBe(true);
    expect(asserts({ topic: 'orders', expect: { atMost: 5 } })).toBe(false);
  });

  it.each([
    { more: { bootstrapServer: 'localhost' }, says: 'write host:port' },
    { more: { tools: { folder: '/a', classpath: '/b/*' } }, says: 'one of folder and classpath' },
    { more: { data: { topic: '--delete' } }, says: 'a topic is' },
    { more: { group: { name: '--all-groups' } }, says: 'a consumer group is' },
    { more: { commandConfig: 'client.properties' }, says: 'absolute path' },
    { more: { pod: 'events-0' }, says: 'one of pod and podSelector' },
    { more: { data: { topic: 'orders', expect: {} } }, says: 'found no bound' },
  ])('refuses $more', ({ more, says }) => {
    const parsed = kafka.spec.safeParse({ podSelector: { app: 'orders-db' }, ...more });

    expect(JSON.stringify(parsed.error?.issues)).toContain(says);
  });
});
