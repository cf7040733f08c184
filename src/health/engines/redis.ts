import { degraded, healthy, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import type { RungVerdict } from '../ladder.ts';
import type { EngineKind } from './engine.ts';
import type { Ask } from './password.ts';
import type { SaidRole } from './role.ts';

/** How Redis is connected to. */
export interface RedisLogin {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  /** The number of the database. */
  readonly database?: number | undefined;
}

/** What redis-cli printed as the answer, or what it means that there is none. */
export type Answer = { readonly text: string } | { readonly verdict: Verdict };

/** One command of Redis; the client is redis-cli, or valkey-cli where that is its name. */
export async function redisAsk(ask: Ask, login: RedisLogin, command: readonly string[]): Promise<Answer> {
  const options = [
    ...(login.host === undefined ? [] : ['-h', login.host]),
    ...(login.port === undefined ? [] : ['-p', String(login.port)]),
    ...(login.user === undefined ? [] : ['--user', login.user]),
    ...(login.database === undefined ? [] : ['-n', String(login.database)]),
    '--no-auth-warning',
    '--raw',
  ];
  const ran = await ask(['redis-cli', ...options, ...command]);
  const isAbsent = 'verdict' in ran && ran.verdict.reason === 'CommandNotFound';
  return answerOf(isAbsent ? await valkey(ask, [...options, ...command], ran) : ran);
}

async function valkey(ask: Ask, rest: readonly string[], without: Ran): Promise<Ran> {
  const ran = await ask(['valkey-cli', ...rest]);
  return 'verdict' in ran && ran.verdict.reason === 'CommandNotFound' ? without : ran;
}

function answerOf(ran: Ran): Answer {
  if ('verdict' in ran) return ran;
  const { stdout, stderr } = ran.result;
  const fault = redisFault(stdout.trim(), stderr);
  return fault === undefined ? { text: stdout.trim() } : { verdict: fault };
}

/** What an error of Redis means (server.c, `shared.*err`), or of redis-cli that could not connect; pure. */
export function redisFault(stdout: string, stderr: string): Verdict | undefined {
  if (/Could not connect to (?:Redis|Valkey)/i.test(stderr))
    return progressing(
      'NotListening',
      'no Redis answers there: it has not started yet, or listens elsewhere; if it stays so, write host or port',
    );
  if (/^LOADING /.test(stdout))
    return progressing('Loading', 'Redis is loading its data file and answers nothing else; wait');
  if (/WRONGPASS|invalid password/i.test(`${stdout}\n${stderr}`))
    return degraded(
      'WrongPassword',
      'Redis refuses the password: its configuration and the Secret or variable are not of the same day',
    );
  if (/^NOAUTH /.test(stdout))
    return degraded(
      'NoPassword',
      'Redis wants a password and the plan names none; name a variable or a Secret under the key password',
    );
  if (/^NOPERM /.test(stdout))
    return degraded('PermissionDenied', 'the user may not run the commands of this check (ping, info, dbsize, exists)');
  if (/^MASTERDOWN /.test(stdout))
    return progressing(
      'PrimaryDown',
      'it is a replica that has lost its primary and serves no stale data; wait, or promote it if no other pod is the primary (REPLICAOF NO ONE)',
    );
  if (/^(?:DENIED|MISCONF|ERR max number of clients)/.test(stdout))
    return degraded('Refused', 'Redis refuses connections or commands by its configuration');
  if (/^(?:ERR|NOSCRIPT|OOM|READONLY|WRONGTYPE|BUSY|-)\b/.test(stdout))
    return degraded('RedisError', 'Redis answers with an error; look at its log');
  return undefined;
}

/** How a Redis of a spec is reached. */
export function redisKind(login: RedisLogin): EngineKind {
  return {
    passwordVariable: 'REDISCLI_AUTH',
    health: async ({ ask }) => {
      const answer = await redisAsk(ask, { ...login, database: undefined }, ['ping']);
      if ('verdict' in answer)
        return answer.verdict.reason === 'Loading' ? loadingProgress(ask, login) : answer.verdict;
      if (answer.text === 'PONG') return healthy('AcceptsConnections', 'Redis answers PONG');
      return unknown('NoAnswer', 'PING was not answered by PONG');
    },
    roles: { ask: (ask) => askRole(ask, login), promotion: 'REPLICAOF NO ONE' },
  };
}

/** All of INFO, since it takes more than one section only from Redis 7.0 on; the primaries of a cluster share its keys. */
async function askRole(ask: Ask, login: RedisLogin): Promise<SaidRole | { readonly verdict: Verdict }> {
  const answer = await redisAsk(ask, { ...login, database: undefined }, ['info']);
  if ('verdict' in answer) return answer;
  const role = infoText(answer.text, 'role');
  if (role === 'slave') return { role: 'replica' };
  if (role !== 'master') return { role: 'neither' };
  return { role: 'primary', shares: infoText(answer.text, 'cluster_enabled') === '1' };
}

/** INFO is answered while the data file is loaded. */
async function loadingProgress(ask: Ask, login: RedisLogin): Promise<Verdict> {
  const answer = await redisAsk(ask, { ...login, database: undefined }, ['info', 'persistence']);
  return judgeLoading('verdict' in answer ? '' : answer.text);
}

/** Says how far Redis is; pure. */
export function judgeLoading(info: string): Verdict {
  const percent = infoNumber(info, 'loading_loaded_perc');
  const seconds = infoNumber(info, 'loading_eta_seconds');
  const howFar =
    percent === undefined
      ? ''
      : ` (${Math.floor(percent)} % done${seconds === undefined ? '' : `, about ${seconds} s left`})`;
  return progressing(
    'Loading',
    `Redis is loading its data file${howFar} and answers nothing until all of it is in memory; wait, and do not restart the pod, it would begin anew`,
  );
}

function infoText(info: string, field: string): string | undefined {
  return new RegExp(String.raw`^${field}:([\w.-]{1,40})\r?$`, 'm').exec(info)?.[1];
}

function infoNumber(info: string, field: string): number | undefined {
  const text = infoText(info, field);
  return text === undefined || !/^\d{1,12}(?:\.\d{1,6})?$/.test(text) ? undefined : Number(text);
}

function notPrimary(isLinked: boolean): Verdict {
  const fate = isLinked
    ? "it holds its primary's data and no longer what was restored; that one answers, so do not promote it, but write the pod of that one"
    : "the moment its primary answers it drops its own data for the primary's; if no other pod is the primary, promote it: REPLICAOF NO ONE";
  return degraded('IsReplica', `it is a replica where the plan wants the primary: it takes no writes, and ${fate}`);
}

/** Judges `INFO replication`; pure. Redis itself still says master and slave. */
export function judgeRedisRole(wanted: 'primary' | 'replica', info: string): RungVerdict {
  const role = infoText(info, 'role');
  const link = infoText(info, 'master_link_status');
  if (role === 'slave') {
    if (wanted === 'primary') return notPrimary(link === 'up');
    if (link === 'up') return healthy('IsReplica', 'it is a replica, its link to the primary is up');
    if (infoText(info, 'master_sync_in_progress') === '1')
      return progressing('Syncing', 'it is a replica that copies the data of its primary; wait');
    return progressing(
      'PrimaryDown',
      'it is a replica whose primary does not answer: if that was on the lost site, its keys stay as restored; point it at the new one (REPLICAOF)',
    );
  }
  if (role !== 'master') return degraded('Unexpected', 'Redis did not say that it is a primary or a replica');
  return wanted === 'primary'
    ? healthy('IsPrimary', 'it is the primary')
    : degraded(
        'IsPrimary',
        'it is a primary where the plan wants a replica: it takes writes of its own; REPLICAOF makes it a replica, and drops its data for that of its primary',
      );
}
