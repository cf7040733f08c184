import { degraded, healthy, missing, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import { countFault, type Count } from './count.ts';

/** A topic that must be there. */
export interface WantedTopic {
  readonly topic: string;
  readonly partitions?: number | undefined;
}

/** What a failing tool means (org.apache.kafka.common.errors, and the tools' own words); undefined when it did not fail. */
export function kafkaFault(ran: Ran, server: string): Verdict | undefined {
  if ('verdict' in ran) return ran.verdict;
  const { exitCode, stdout, stderr } = ran.result;
  const said = stdout + stderr;
  // The tool for groups ends with 0 after an error too.
  if (exitCode === 0 && !/^Error: /m.test(said)) return undefined;
  if (/timed out|TimeoutException|could not be established|disconnected/i.test(said))
    return progressing(
      'NoBroker',
      `no broker answers at ${server}: it has not started yet or replays its log; if it stays so, write bootstrapServer, and look whether advertised.listeners still names the lost site`,
    );
  if (/No resolvable bootstrap|UnknownHost/i.test(said))
    return degraded('NoSuchHost', `the name in ${server} is not known in the container; write bootstrapServer`);
  if (/Authentication|Sasl|SSL handshake/i.test(said))
    return degraded(
      'LoginFailed',
      `the broker at ${server} wants a login that the tool has not; write commandConfig, a file of the container with the client's settings`,
    );
  if (/Authorization|not authorized/i.test(said))
    return degraded('PermissionDenied', 'the client may not describe topics, offsets or groups; give it the rights to');
  return degraded('KafkaError', `the tool failed with exit code ${exitCode}; look at the log of the broker`);
}

/** Judges how many brokers answered `kafka-broker-api-versions`; pure. */
export function judgeBrokers(wanted: number, stdout: string): Verdict {
  const count = new Set(stdout.match(/\(id: \d+ rack: /g)).size;
  if (count < wanted) return degraded('BrokersAway', `${count} of ${wanted} brokers answer`);
  return healthy('Brokers', `${count} brokers answer`);
}

/** A line of `kafka-topics --describe` that is about one partition. */
interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly leader: string;
  readonly replicas: number;
  readonly inSync: number;
}

/** Reads `kafka-topics --describe`; lines of another form are left out. */
export function readPartitions(stdout: string): readonly Partition[] {
  const line =
    /^\s*Topic: ([-A-Za-z0-9._]{1,249})\s+Partition: (\d{1,6})\s+Leader: (-?\d{1,10}|none)\s+Replicas: ?([\d,]*)\s+Isr: ?([\d,]*)/gm;
  return [...stdout.matchAll(line)].map(([, topic = '', partition, leader = '', replicas = '', inSync = '']) => ({
    topic,
    partition: Number(partition),
    leader,
    replicas: idCount(replicas),
    inSync: idCount(inSync),
  }));
}

function idCount(ids: string): number {
  return ids.split(',').filter((id) => id !== '').length;
}

/**
 * Why a list of partitions says nothing; undefined when it can be judged. `all` is the list of all topics: it shows that
 * the tool's form is understood, and only so a filter that leaves nothing means that there is nothing. It may be cut in a
 * line. Uncut, as many partitions have to be read as the topics' own lines count.
 */
function unreadable(stdout: string, all: string): Verdict | undefined {
  if (all.trim() === '')
    return missing('NoTopics', 'Kafka answers and has no topic at all: its log or its metadata was not restored');
  const isFiltered = stdout !== all;
  const seen = readPartitions(all).length;
  const counts = [...all.matchAll(/^Topic: ?\S+\s.*?\bPartitionCount: ?(\d{1,6})\b/gm)];
  const counted = counts.reduce((sum, [, count]) => sum + Number(count), 0);
  const others = stdout.split('\n').filter((line) => line.trim() !== '').length - readPartitions(stdout).length;
  if (seen > 0 && (isFiltered ? others === 0 : counted === seen)) return undefined;
  return unknown(
    'UnknownForm',
    'kafka-topics --describe answers in a form that is not understood, so nothing is known of the partitions',
  );
}

/** Judges whether somebody leads every partition; pure. `all` is the list of all topics where `stdout` is filtered. */
export function judgeOffline(stdout: string, all = stdout): Verdict {
  const offline = readPartitions(stdout).filter(({ leader }) => leader === 'none' || leader === '-1');
  const [first] = offline;
  if (first === undefined) return unreadable(stdout, all) ?? healthy('Online', 'every partition has a leader');
  return degraded(
    'OfflinePartitions',
    `${offline.length} partitions have no leader, so nobody reads or writes them: ${first.topic}-${first.partition}${rest(offline)}; their brokers are away, or have other ids than those that the restored metadata names`,
  );
}

/** Judges whether every replica is in sync; pure. `all` is the list of all topics where `stdout` is filtered. */
export function judgeReplicas(stdout: string, all = stdout): Verdict {
  const lagging = readPartitions(stdout).filter(({ inSync, replicas }) => inSync < replicas);
  const [first] = lagging;
  if (first === undefined) return unreadable(stdout, all) ?? healthy('Replicated', 'every replica is in sync');
  return progressing(
    'UnderReplicated',
    `${lagging.length} partitions have replicas that are not in sync: ${first.topic}-${first.partition} (${first.inSync} of ${first.replicas})${rest(lagging)}; brokers catch up, or are away`,
  );
}

function rest(partitions: readonly Partition[]): string {
  return partitions.length === 1 ? '' : ` and ${partitions.length - 1} more`;
}

/** Judges the partitions of a topic, out of those of all topics or of its own; pure. */
export function judgeTopic({ topic, partitions }: WantedTopic, ran: Ran, server: string): Verdict {
  if (!('verdict' in ran) && /does not exist|UnknownTopic/i.test(ran.result.stdout + ran.result.stderr))
    return missing('NoTopic', `there is no topic ${topic}`);
  const fault = kafkaFault(ran, server);
  if (fault !== undefined || 'verdict' in ran) return fault ?? unknown('NoAnswer', 'no answer');
  const found = readPartitions(ran.result.stdout).filter((each) => each.topic === topic).length;
  if (found === 0) return missing('NoTopic', `there is no topic ${topic}`);
  if (partitions !== undefined && found !== partitions)
    return degraded(
      'OtherPartitions',
      `topic ${topic} has ${found} partitions, expected ${partitions}: it was made anew by a client (auto.create.topics.enable) or by other settings, and keys go to other partitions`,
    );
  return healthy('TopicThere', `topic ${topic} has ${found} partitions`);
}

/** Sums `topic:partition:offset` lines; undefined where a line is of another form or a partition has no answer. */
export function readOffsets(topic: string, stdout: string): number | undefined {
  const lines = stdout.split('\n').filter((line) => line.startsWith(`${topic}:`));
  const offsets = lines.map((line) => /^:\d{1,6}:(\d{1,18})\s*$/.exec(line.slice(topic.length))?.[1]);
  if (lines.length === 0 || offsets.includes(undefined)) return undefined;
  return offsets.reduce((sum, each) => sum + Number(each), 0);
}

/** Judges how many messages the offsets span; pure. */
export function judgeMessages(topic: string, expected: Count, latest: string, earliest: string): Verdict {
  const [end, start] = [readOffsets(topic, latest), readOffsets(topic, earliest)];
  if (end === undefined || start === undefined)
    return unknown('NoOffsets', `Kafka did not tell the offsets of every partition of ${topic}`);
  const count = end - start;
  const fault = countFault(expected, count);
  if (fault === undefined) return healthy('DataAsExpected', `topic ${topic} has ${count} messages by its offsets`);
  if (count > 0) return degraded('OtherCount', `topic ${topic} has ${count} messages by its offsets, ${fault}`);
  return degraded(
    'EmptyTopic',
    `topic ${topic} is well and has no message, ${fault}: ${end === 0 ? 'nothing was ever written to it, so its log was not restored' : 'its messages are past their retention time, which went on while the site was away'}`,
  );
}

/** A consumer group that must be there. */
export interface WantedGroup {
  readonly name: string;
  readonly topic?: string | undefined;
  readonly lag?: Count | undefined;
}

/** Judges `kafka-consumer-groups --describe`; pure. Without `lag` the group must be there with offsets, however far behind. */
export function judgeGroup(wanted: WantedGroup, ran: Ran, server: string): Verdict {
  const { name, topic } = wanted;
  if (
    !('verdict' in ran) &&
    /Consumer group '.*' does not exist|GroupIdNotFound/.test(ran.result.stdout + ran.result.stderr)
  )
    return missing(
      'NoGroup',
      `there is no consumer group ${name}: its offsets were not restored (__consumer_offsets), and its consumers will begin at the start or the end`,
    );
  const fault = kafkaFault(ran, server);
  if (fault !== undefined || 'verdict' in ran) return fault ?? unknown('NoAnswer', 'no answer');
  const rows = readGroup(name, ran.result.stdout).filter((row) => topic === undefined || row.topic === topic);
  const of = topic === undefined ? '' : ` of topic ${topic}`;
  if (rows.length === 0) return missing('NoOffsets', `consumer group ${name} has no offset${of}`);
  const without = rows.filter((row) => row.offset === undefined && row.end !== 0);
  if (without.length > 0)
    return degraded(
      'NoOffsets',
      `consumer group ${name} has no offset for ${without.length} of ${rows.length} partitions${of}: its consumers will begin at the start or the end there`,
    );
  const ahead = rows.find((row) => row.offset !== undefined && row.end !== undefined && row.offset > row.end);
  if (ahead !== undefined)
    return degraded(
      'OffsetAhead',
      `consumer group ${name} stands at ${ahead.offset} of ${ahead.topic}-${ahead.partition}, which ends at ${ahead.end}: offsets and messages are not of the same moment, and it would pass over what is written next`,
    );
  const lag = rows.reduce((sum, row) => sum + (row.end ?? 0) - (row.offset ?? 0), 0);
  const lagFault = wanted.lag === undefined ? undefined : countFault(wanted.lag, lag);
  if (lagFault === undefined)
    return healthy('GroupAsExpected', `consumer group ${name} is ${lag} messages behind${of}`);
  return progressing('Lag', `consumer group ${name} is ${lag} messages behind${of}, ${lagFault}`);
}

interface GroupRow {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | undefined;
  readonly end: number | undefined;
}

function readGroup(name: string, stdout: string): readonly GroupRow[] {
  const row = /^([-A-Za-z0-9._]{1,249})\s+(\d{1,6})\s+(-|\d{1,18})\s+(-|\d{1,18})\s/;
  return stdout
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .flatMap((line) => {
      const [, topic, partition, offset, end] = row.exec(line.slice(name.length).trimStart()) ?? [];
      if (topic === undefined) return [];
      return [{ topic, partition: Number(partition), offset: offsetOf(offset), end: offsetOf(end) }];
    });
}

function offsetOf(text: string | undefined): number | undefined {
  return text === undefined || text === '-' ? undefined : Number(text);
}
