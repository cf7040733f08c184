import { isRecord, listAt, numberAt, parseJson, textAt, valueAt } from '../../kube/read.ts';
import { degraded, healthy, missing, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import { countFault, type Count } from './count.ts';
import type { Ask } from './password.ts';

/** What a plan expects of a RabbitMQ. */
export interface RabbitWanted {
  readonly home?: string | undefined;
  readonly nodes?: number | undefined;
}

/** `rabbitmq-diagnostics cluster_status`, as far as it is judged. Names are those of Erlang nodes, `rabbit@rabbit-0.rabbit`. */
export interface ClusterStatus {
  readonly known: readonly string[];
  readonly running: readonly string[];
  readonly alarms: readonly { readonly node: string; readonly resource: string }[];
  readonly partitioned: readonly string[];
  readonly inMaintenance: readonly string[];
}

export const rabbitIsSlow = 'each question starts an Erlang machine; give the check attemptTimeout: 60s';

/**
 * A tool that finds no cookie in its home makes one, or fails to; then no server lets it in. Asked first, since the tools
 * try again for half a minute. Places: erts, auth (`$HOME`, since OTP 25 also `$XDG_CONFIG_HOME/erlang`). Where the tools
 * are run as root, Debian's become the server's own user, so that home is not the one that counts.
 */
const findCookie = `command -v rabbitmq-diagnostics >/dev/null || exit 4
[ "$(id -u)" = 0 ] && exit 0
[ -n "$RABBITMQ_ERLANG_COOKIE" ] && exit 0
[ -r "$HOME/.erlang.cookie" ] && exit 0
[ -r "\${XDG_CONFIG_HOME:-$HOME/.config}/erlang/.erlang.cookie" ] && exit 0
exit 3`;

/** A command with the home that the plan names. */
export function withHome({ home }: RabbitWanted, command: readonly string[]): readonly string[] {
  return home === undefined ? command : ['env', `HOME=${home}`, ...command];
}

/** Asks the node; one call tells whether it runs, its alarms and its cluster. */
export async function askCluster(
  ask: Ask,
  wanted: RabbitWanted,
): Promise<{ readonly status: ClusterStatus } | { readonly verdict: Verdict }> {
  const cookie = await ask(withHome(wanted, ['sh', '-c', findCookie]));
  if (!('verdict' in cookie) && cookie.result.exitCode === 3) return { verdict: noCookie(wanted) };
  if (!('verdict' in cookie) && cookie.result.exitCode === 4)
    return {
      verdict: degraded('CommandNotFound', 'the container has no program rabbitmq-diagnostics; write container'),
    };
  const ran = await ask(withHome(wanted, ['rabbitmq-diagnostics', '--quiet', 'cluster_status', '--formatter', 'json']));
  if ('verdict' in ran) return ran;
  if (ran.result.exitCode !== 0) return { verdict: rabbitFault(ran.result.stderr + ran.result.stdout, wanted) };
  const status = readCluster(ran.result.stdout);
  return status === undefined
    ? { verdict: unknown('Unexpected', 'RabbitMQ did not describe its cluster in the known form') }
    : { status };
}

function noCookie({ home }: RabbitWanted): Verdict {
  const text =
    home === undefined
      ? "the container's HOME holds no .erlang.cookie, so that no tool is let in (eacces, or another cookie than the server's): set HOME in the container's env to the server's home, or write it here, as home: /var/lib/rabbitmq"
      : `there is no readable .erlang.cookie in ${home}: home must be the folder that the server has its own from`;
  return degraded('NoCookie', text);
}

/** What the tools' refusals mean (rabbitmq-cli 3.10 to 4.1, exit codes of sysexits and their texts); pure. */
export function rabbitFault(said: string, wanted: RabbitWanted): Verdict {
  if (/requires the 'rabbit' app to be running|rabbit application is not running|fully booted/i.test(said))
    return progressing(
      'AppStopped',
      'the node answers and its application rabbit does not run: it is still booting, waits for the other nodes of its cluster, or was stopped (rabbitmqctl start_app)',
    );
  if (/\.erlang\.cookie.*eacces|Failed to create cookie file/i.test(said)) return noCookie(wanted);
  if (/Erlang distribution failed|cookie is identical|rejected by the remote node/i.test(said))
    return degraded(
      'WrongCookie',
      "the node refuses the tool's Erlang cookie: the cookie in its home is not the server's; restore the Secret that both take it from, or write home",
    );
  if (/unable to connect to epmd|nodedown|not running|unable to perform an operation/i.test(said))
    return progressing(
      'NodeDown',
      "no RabbitMQ node answers under the tool's node name: it has not started yet, or it has another name (RABBITMQ_NODENAME) than the container's variables say",
    );
  return degraded('RabbitError', 'the tool ended with an error; look at the log of the node');
}

const nodeName = /^[A-Za-z0-9_-]{1,64}@[A-Za-z0-9_.-]{1,253}$/;

function nodesAt(value: unknown, field: string): readonly string[] {
  return listAt(value, field).filter((each): each is string => typeof each === 'string' && nodeName.test(each));
}

/** Reads the JSON of `cluster_status`; undefined when it is something else. */
export function readCluster(stdout: string): ClusterStatus | undefined {
  const answer = parseJson(stdout);
  const running = nodesAt(answer, 'running_nodes');
  if (running.length === 0) return undefined;
  const alarms = listAt(answer, 'alarms').map((each) => ({
    node: known(nodeName, textAt(each, 'node')) ?? 'a node',
    resource: known(/^(?:disk|memory|file_descriptor_limit)$/, textAt(each, 'resource')) ?? 'a resource',
  }));
  const partitions = valueAt(answer, 'partitions');
  const maintenance = valueAt(answer, 'maintenance_status');
  return {
    known: [...nodesAt(answer, 'disk_nodes'), ...nodesAt(answer, 'ram_nodes')],
    running,
    alarms,
    partitioned: isRecord(partitions) ? Object.keys(partitions).filter((node) => nodeName.test(node)) : [],
    inMaintenance: isRecord(maintenance)
      ? Object.keys(maintenance).filter((node) => nodeName.test(node) && maintenance[node] !== 'not under maintenance')
      : [],
  };
}

function known(pattern: RegExp, text: string | undefined): string | undefined {
  return text !== undefined && pattern.test(text) ? text : undefined;
}

/** Judges alarms and maintenance; pure. */
export function judgeAlarms({ alarms, inMaintenance }: ClusterStatus): Verdict {
  const [alarm] = alarms;
  if (alarm !== undefined) {
    const more = alarms.length === 1 ? '' : ` (and ${alarms.length - 1} more)`;
    return degraded(
      'Alarm',
      `${alarm.resource} alarm on ${alarm.node}${more}: publishers are blocked until it has more room than its limit (disk_free_limit, vm_memory_high_watermark)`,
    );
  }
  const [node] = inMaintenance;
  if (node !== undefined)
    return degraded('Maintenance', `${node} is under maintenance and takes no clients: rabbitmq-upgrade revive`);
  return healthy('NoAlarm', 'no alarm');
}

/** Nodes that the cluster knows and that do not run. */
export function lostNodes({ known: nodes, running }: ClusterStatus): readonly string[] {
  return nodes.filter((node) => !running.includes(node));
}

/** The host of `rabbit@host`. */
export function hostOf(node: string): string {
  return node.slice(node.indexOf('@') + 1);
}

/** Judges whether the cluster is whole; pure. `lost` describes the hosts of the nodes that do not run. */
export function judgeCluster(wanted: RabbitWanted, status: ClusterStatus, lost: string): Verdict {
  const { known: nodes, running, partitioned } = status;
  if (partitioned.length > 0)
    return degraded(
      'Partitioned',
      `${partitioned.join(', ')} saw a network partition: its halves took messages apart; decide which half stays and restart the nodes of the other`,
    );
  const lostCount = lostNodes(status).length;
  if (lostCount > 0)
    return degraded(
      'NodesDown',
      `${running.length} of ${nodes.length} nodes run, not ${lost}; if one belonged to the lost site, forget it: rabbitmqctl forget_cluster_node`,
    );
  if (wanted.nodes !== undefined && nodes.length !== wanted.nodes)
    return degraded(
      'OtherNodes',
      `the cluster has ${nodes.length} nodes (${nodes.slice(0, 5).join(', ')}), expected ${wanted.nodes}: a node that finds no data under its own name begins alone and empty`,
    );
  return healthy('ClusterWhole', `${running.length} of ${nodes.length} nodes run`);
}

/** Judges `check_if_node_is_quorum_critical`: 0, or 69 (EX_UNAVAILABLE) where the loss of the node would stop queues. */
export function judgeQuorumQueues(ran: Ran, wanted: RabbitWanted): Verdict {
  if ('verdict' in ran) return ran.verdict;
  const { exitCode, stderr, stdout } = ran.result;
  if (exitCode === 0) return healthy('QuorumQueues', 'quorum queues have members to spare');
  if (exitCode === 69 && /minimum quorum|quorum critical/i.test(stdout + stderr))
    return degraded(
      'QuorumCritical',
      'some quorum queues have a bare majority of members: the next loss stops them; wait for the other members, or remove those of the lost site (rabbitmq-queues delete_member)',
    );
  return rabbitFault(stderr + stdout, wanted);
}

/** A queue that must be there, and how many messages. */
export interface WantedQueue {
  readonly queue: string;
  readonly vhost?: string | undefined;
  readonly expect?: Count | undefined;
}

/** Judges `list_queues name messages state` as JSON; pure. */
export function judgeQueue(wanted: WantedQueue, expected: Count, stdout: string, isCut: boolean): Verdict {
  const where = `virtual host ${wanted.vhost ?? '/'}`;
  if (isCut)
    return unknown(
      'OutputTooLong',
      `${where} has more queues than are read (64 KiB); ask for the queue by an exec check`,
    );
  const rows = parseJson(stdout);
  if (!Array.isArray(rows)) return unknown('Unexpected', 'RabbitMQ did not list its queues in the known form');
  const row: unknown = rows.find((each) => textAt(each, 'name') === wanted.queue);
  if (row === undefined)
    return missing('NoQueue', `there is no queue ${wanted.queue} in ${where}, which has ${rows.length} queues`);
  const state = textAt(row, 'state') ?? 'running';
  if (['down', 'crashed', 'stopped', 'minority'].includes(state))
    return degraded(
      'QueueDown',
      `queue ${wanted.queue} is ${state}: the nodes that hold it, or a majority of its members, do not run`,
    );
  const messages = numberAt(row, 'messages');
  if (messages === undefined)
    return unknown('Unexpected', `RabbitMQ does not say how many messages ${wanted.queue} has`);
  const fault = countFault(expected, messages);
  if (fault === undefined) return healthy('DataAsExpected', `queue ${wanted.queue} has ${messages} messages`);
  if (messages === 0)
    return degraded(
      'EmptyQueue',
      `queue ${wanted.queue} in ${where} is well and has no message, ${fault}: its volume was not the restored one, its messages were not persistent, or a consumer took them`,
    );
  return degraded('OtherCount', `queue ${wanted.queue} has ${messages} messages, ${fault}`);
}
