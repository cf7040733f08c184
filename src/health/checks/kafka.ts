import { z } from 'zod';
import { healthy, unknown, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { atLeastOne, Count, refusesNone } from '../engines/count.ts';
import { engineOf, nameOnePlace, namesOnePlace, placeKeys, type EngineKind } from '../engines/engine.ts';
import {
  judgeBrokers,
  judgeGroup,
  judgeMessages,
  judgeOffline,
  judgeReplicas,
  judgeTopic,
  kafkaFault,
  readOffsets,
} from '../engines/kafka.ts';
import { kafkaIsSlow, kafkaTools, Tools, type AskKafka } from '../engines/kafka-tools.ts';
import { slowly } from '../engines/slow-client.ts';
import { climb, type Rung } from '../ladder.ts';

const { password: _noPassword, ...place } = placeKeys;

const TopicName = z.string().regex(/^[A-Za-z0-9_][-A-Za-z0-9._]{0,248}$/, {
  error: 'a topic is letters, digits, dots, hyphens and underscores',
});

const Data = z
  .strictObject({
    topic: TopicName.describe('The topic.'),
    partitions: z.int().min(1).max(100_000).optional().describe('How many partitions it has.'),
    expect: Count.optional().describe(
      'How many messages it holds, counted by its offsets (a compacted topic holds fewer). Default `{atLeast: 1}`.',
    ),
  })
  .describe('A topic that must be there, with its messages.');
type Data = z.infer<typeof Data>;

const Group = z.strictObject({
  name: z
    .string()
    .regex(/^[^-\s\p{Cc}][^\s\p{Cc}]{0,254}$/u, { error: 'a consumer group is a name without spaces' })
    .describe('The name of the group. It must have an offset wherever there are messages.'),
  topic: TopicName.optional().describe('Only its offsets in this topic. Default: all.'),
  lag: Count.optional().describe('How many messages it may be behind, as `{atMost: 1000}`. Default: any number.'),
});

const Kafka = z
  .strictObject({
    ...place,
    bootstrapServer: z
      .string()
      .regex(/^[A-Za-z0-9[][-A-Za-z0-9.:\]]{0,252}:\d{1,5}$/, { error: 'write host:port, as localhost:9092' })
      .optional()
      .describe('Where the tools ask, from inside the container. Default `localhost:9092`.'),
    commandConfig: z
      .string()
      .regex(/^\/[-A-Za-z0-9_./]{0,250}$/, { error: 'commandConfig is an absolute path' })
      .optional()
      .describe("A file of the container with the client's settings: login, TLS. A password never stands in a plan."),
    tools: Tools.optional().describe('Where the tools are. Default: looked for where the known images have them.'),
    brokers: z.int().min(1).max(1000).optional().describe('How many brokers must answer. Default: one, the asked.'),
    underReplicated: z
      .enum(['refused', 'allowed'])
      .optional()
      .describe('Replicas that are not in sync: `refused` (default), or `allowed`.'),
    data: Data.optional(),
    group: Group.optional().describe('A consumer group that must be there, with its offsets.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .describe(
    'A Kafka is the right one: resources exist, pod ready, a broker answers, every partition has a leader and its ' +
      'replicas, a topic with its partitions and messages, a group with its offsets. Each is asked only when the one ' +
      'before holds. Every question starts a JVM of a second or more: give it `attemptTimeout: 60s`.',
  );
type Kafka = z.infer<typeof Kafka>;

/** The tools in the pod that is asked. */
interface Asked {
  readonly ask: AskKafka;
  readonly spec: Kafka;
  readonly server: string;
}

function look(ctx: CheckContext, spec: Kafka): Promise<Verdict> {
  const server = spec.bootstrapServer ?? 'localhost:9092';
  let seen: Ran | undefined;
  const topics = (): Ran => {
    if (seen === undefined) throw new Error('a Kafka is judged before it was asked');
    return seen;
  };
  const kind: EngineKind = {
    passwordVariable: 'UNUSED',
    health: async (session) => {
      seen = await describe(askedOf(slowly(session.ask, kafkaIsSlow), spec, server), []);
      return kafkaFault(seen, server) ?? healthy('Answers', 'a broker answers');
    },
  };
  const engine = engineOf(ctx, spec, kind);
  const asked = askedOf(slowly(engine.ask, kafkaIsSlow), spec, server);
  return climb([
    ...engine.rungs,
    ...brokerRungs(asked),
    ...partitionRungs(asked, topics),
    ...dataRungs(asked, topics),
    ...groupRungs(asked),
  ]);
}

function askedOf(ask: Parameters<typeof kafkaTools>[0], spec: Kafka, server: string): Asked {
  return { ask: kafkaTools(ask, spec.tools), spec, server };
}

function login({ spec, server }: Asked): readonly string[] {
  const { commandConfig } = spec;
  return ['--bootstrap-server', server, ...(commandConfig === undefined ? [] : ['--command-config', commandConfig])];
}

function describe(asked: Asked, options: readonly string[]): Promise<Ran> {
  return asked.ask('kafka-topics', [...login(asked), '--describe', ...options]);
}

function brokerRungs(asked: Asked): readonly Rung[] {
  const { brokers } = asked.spec;
  if (brokers === undefined) return [];
  const lookAtBrokers = async (): Promise<Verdict> => {
    const ran = await asked.ask('kafka-broker-api-versions', login(asked));
    if ('verdict' in ran) return ran.verdict;
    return kafkaFault(ran, asked.server) ?? judgeBrokers(brokers, ran.result.stdout);
  };
  return [{ name: 'brokers', look: lookAtBrokers }];
}

/** One list of all topics answers these; where it is longer than is read, each is asked with its own filter. */
function partitionRungs(asked: Asked, topics: () => Ran): readonly Rung[] {
  const rung = (name: string, judge: typeof judgeOffline, filter: string): Rung => ({
    name,
    look: async () => {
      const all = topics();
      const judgeSome = (stdout: string): Verdict => judge(stdout, 'result' in all ? all.result.stdout : '');
      return judgeBy(judgeSome, await filtered(asked, all, filter), asked.server);
    },
  });
  const offline = rung('partitions have a leader', judgeOffline, '--unavailable-partitions');
  const replicas = rung('replicas are in sync', judgeReplicas, '--under-replicated-partitions');
  return asked.spec.underReplicated === 'allowed' ? [offline] : [offline, replicas];
}

async function filtered(asked: Asked, topics: Ran, ...filter: readonly string[]): Promise<Ran> {
  return 'result' in topics && topics.result.cut ? describe(asked, filter) : topics;
}

function judgeBy(judge: (stdout: string) => Verdict, ran: Ran, server: string): Verdict {
  return 'verdict' in ran ? ran.verdict : (kafkaFault(ran, server) ?? judge(ran.result.stdout));
}

function dataRungs(asked: Asked, topics: () => Ran): readonly Rung[] {
  const { data } = asked.spec;
  if (data === undefined) return [];
  const lookAtTopic = async (): Promise<Verdict> =>
    judgeTopic(data, await filtered(asked, topics(), '--topic', data.topic), asked.server);
  return [
    { name: 'topic', look: lookAtTopic },
    { name: 'data', look: () => lookAtMessages(asked, data) },
  ];
}

/** Where every message lies, and from where on they are kept. A topic that was never written to needs one answer alone. */
async function lookAtMessages(asked: Asked, data: Data): Promise<Verdict> {
  const offsets = (time: string): Promise<Ran> =>
    asked.ask('kafka-get-offsets', [...login(asked), '--topic', data.topic, '--time', time]);
  const expected = data.expect ?? atLeastOne;
  const latest = await offsets('-1');
  const fault = kafkaFault(latest, asked.server);
  if (fault !== undefined || 'verdict' in latest) return fault ?? unknown('NoAnswer', 'no answer');
  const end = latest.result.stdout;
  if (readOffsets(data.topic, end) === 0) return judgeMessages(data.topic, expected, end, end);
  const earliest = await offsets('-2');
  return judgeBy((start) => judgeMessages(data.topic, expected, end, start), earliest, asked.server);
}

/** The tool for groups gives up after 5 s by itself. */
const patience = ['--timeout', '30000'];

function groupRungs(asked: Asked): readonly Rung[] {
  const { group } = asked.spec;
  if (group === undefined) return [];
  const lookAtGroup = async (): Promise<Verdict> => {
    const ran = await asked.ask('kafka-consumer-groups', [
      ...login(asked),
      ...patience,
      '--describe',
      '--group',
      group.name,
    ]);
    return judgeGroup(group, ran, asked.server);
  };
  return [{ name: 'group', look: lookAtGroup }];
}

/** Check `kafka`: a Kafka with its messages and its consumers' offsets. */
export const kafka: HealthCheck<Kafka> = {
  type: 'kafka',
  spec: Kafka,
  expectsData: ({ data }) => data !== undefined && refusesNone(data.expect ?? atLeastOne),
  needs: engineNeeds,
  observe: look,
};
