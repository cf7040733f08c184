import type { ExecResult } from '../../kube/types.ts';
import { degraded, healthy, progressing, type Verdict } from '../../model/verdict.ts';
import type { RungVerdict } from '../ladder.ts';
import type { EngineKind } from './engine.ts';
import type { Ask } from './password.ts';
import type { SaidRole } from './role.ts';
import { emptyDatabase } from './sql-data.ts';

/** How PostgreSQL is connected to; without a host by its socket. */
export interface PostgresLogin {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
}

const defaultName = 'postgres';

function connection(login: PostgresLogin): string[] {
  return [
    ...(login.host === undefined ? [] : [`--host=${login.host}`]),
    ...(login.port === undefined ? [] : [`--port=${login.port}`]),
    `--username=${login.user ?? defaultName}`,
    `--dbname=${login.database ?? defaultName}`,
  ];
}

/** psql over statements of which the last ones print; errors carry their SQLSTATE, which no language of the server changes. */
export function psql(login: PostgresLogin, statements: readonly string[]): readonly string[] {
  return [
    'psql',
    '--no-psqlrc',
    '--no-password',
    '--quiet',
    '--tuples-only',
    '--no-align',
    '--field-separator=|',
    '--set=ON_ERROR_STOP=1',
    '--set=VERBOSITY=verbose',
    ...connection(login),
    ...statements.map((statement) => `--command=${statement}`),
  ];
}

/** A session that cannot write and that ends with its attempt: a command in a pod goes on when nobody waits for it. */
export function postgresSession(limitMs: number): readonly string[] {
  return [`set statement_timeout = ${limitMs}`, 'set default_transaction_read_only = on'];
}

/** How a PostgreSQL of a spec is reached. */
export function postgresKind(login: PostgresLogin): EngineKind {
  return {
    passwordVariable: 'PGPASSWORD',
    health: async ({ ask }) => {
      const ran = await ask(['pg_isready', '--timeout=5', ...connection(login)]);
      if ('verdict' in ran) return ran.verdict;
      const seen = judgeIsReady(ran.result.exitCode);
      // pg_isready says no more than that it was refused; the refusal itself says why.
      return seen.reason === 'RejectsConnections' ? whyRejected(ask, login) : seen;
    },
    roles: {
      ask: (ask) => askRole(ask, login),
      promotion: 'select pg_promote(), or pg_wal_replay_resume() where it stands at its recovery target',
    },
  };
}

/** What pg_isready means (PostgreSQL, src/bin/scripts/pg_isready.c and libpq's PQping); pure. */
export function judgeIsReady(exitCode: number): Verdict {
  switch (exitCode) {
    case 0:
      return healthy('AcceptsConnections', 'PostgreSQL accepts connections');
    case 1:
      return progressing(
        'RejectsConnections',
        'PostgreSQL is there and rejects connections (pg_isready says 1): it starts, recovers or shuts down; wait',
      );
    case 2:
      return notListening;
    default:
      return degraded(
        'ExitCode',
        `pg_isready ended with ${exitCode}: it could not try; look at host, port, user and database`,
      );
  }
}

const notListening = progressing(
  'NotListening',
  'no PostgreSQL answers there (pg_isready says 2): it has not started yet, or listens elsewhere; if it stays so, write host or port',
);

async function whyRejected(ask: Ask, login: PostgresLogin): Promise<Verdict> {
  const ran = await ask(psql(login, ['select 1']));
  if ('verdict' in ran) return ran.verdict;
  // Between the two it may have opened.
  return ran.result.exitCode === 0 ? judgeIsReady(0) : (connectFault(ran.result.stderr, login) ?? judgeIsReady(1));
}

interface Fault {
  readonly pattern: RegExp;
  readonly verdict: (login: { readonly user: string; readonly database: string }) => Verdict;
}

/** Why a connection was refused, in the server's English (src/backend/postmaster, libpq/auth.c, utils/init/postinit.c). */
const connectFaults: readonly Fault[] = [
  {
    pattern: /not yet accepting connections|consistent recovery state has not been/i,
    verdict: () =>
      progressing(
        'ReplayingWal',
        'PostgreSQL is replaying WAL and its data is not yet consistent; wait. If it stays so, WAL is missing: look whether restore_command or the primary delivers it',
      ),
  },
  {
    pattern: /the database system is starting up|the database system is in recovery mode/,
    verdict: () =>
      progressing(
        'ReplayingWal',
        'PostgreSQL is replaying WAL (pg_isready says 1 all the while); wait: it takes as long as there is WAL since the last checkpoint',
      ),
  },
  {
    pattern: /the database system is not accepting connections/,
    verdict: () =>
      progressing(
        'ReplayingWal',
        'PostgreSQL is replaying WAL with hot_standby off and answers only when that ends; wait, or promote it if no other pod is the primary',
      ),
  },
  {
    pattern: /the database system is shutting down/,
    verdict: () => progressing('ShuttingDown', 'PostgreSQL is shutting down'),
  },
  {
    pattern: /password authentication failed|no password supplied/,
    verdict: ({ user }) =>
      degraded(
        'WrongPassword',
        `PostgreSQL refuses the password of ${user}: the roles in the data have the passwords of the day of the backup, the Secret or variable may be newer`,
      ),
  },
  {
    pattern: /role "[^"]*" does not exist/,
    verdict: ({ user }) =>
      degraded(
        'NoSuchRole',
        `PostgreSQL has no role ${user}: a new, empty server, or roles that were not in the backup (pg_dump leaves them out)`,
      ),
  },
  {
    pattern: /database "[^"]*" does not exist/,
    verdict: ({ database }) => emptyDatabase(`there is no database ${database}`, 'PostgreSQL'),
  },
  {
    pattern: /no pg_hba\.conf entry|pg_hba\.conf rejects|authentication failed for user/,
    verdict: ({ user }) =>
      degraded(
        'LoginRefused',
        `pg_hba.conf does not let ${user} in from there; write another user or host, or a password`,
      ),
  },
  {
    pattern: /too many clients already|remaining connection slots are reserved/,
    verdict: () => progressing('TooManyConnections', 'PostgreSQL has no connection left'),
  },
  {
    pattern: /connection refused|no such file or directory|could not translate host name/i,
    verdict: () => notListening,
  },
];

/** Why psql did not get in; undefined when it did, or for a reason that is not known. Pure. */
export function connectFault(stderr: string, login: PostgresLogin): Verdict | undefined {
  const names = { user: login.user ?? defaultName, database: login.database ?? defaultName };
  return connectFaults.find(({ pattern }) => pattern.test(stderr))?.verdict(names);
}

/** What a failed psql means; pure. Of what it printed only an SQLSTATE is told. */
export function psqlFault({ exitCode, stderr }: ExecResult, login: PostgresLogin, what: string): Verdict {
  const where = `database ${login.database ?? defaultName}`;
  const state = /\bERROR:\s+([0-9A-Z]{5}):/.exec(stderr)?.[1];
  switch (state) {
    case undefined:
      return (
        connectFault(stderr, login) ?? degraded('PsqlFailed', `psql could not ask ${where}: it ended with ${exitCode}`)
      );
    case '42P01':
    case '3F000':
      return emptyDatabase(`${what} is not there`, where);
    case '42501':
      return degraded('PermissionDenied', `user ${login.user ?? defaultName} may not read ${what} in ${where}`);
    case '25006':
      return degraded('QueryWrites', 'the query writes, and a check only reads; write one that reads');
    case '57014':
      return progressing('QueryTooSlow', `the query did not end within the attempt's time limit; raise attemptTimeout`);
    default:
      return degraded('QueryFailed', `PostgreSQL refuses to read ${what} in ${where} with SQLSTATE ${state}`);
  }
}

/** Role and slots in one question: role, paused, receivers, then a line for each idle slot that holds WAL, the most first. */
export const roleQuestions: readonly string[] = [
  "select 'role', pg_is_in_recovery(), case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end, (select count(*) from pg_stat_wal_receiver)",
  "select 'slot', slot_name, greatest(0, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::bigint from pg_replication_slots where not pg_is_in_recovery() and not active and restart_lsn is not null order by 3 desc limit 20",
];

async function askRole(ask: Ask, login: PostgresLogin): Promise<SaidRole | { readonly verdict: Verdict }> {
  const ran = await ask(psql(login, roleQuestions));
  if ('verdict' in ran) return ran;
  if (ran.result.exitCode !== 0) return { verdict: psqlFault(ran.result, login, 'its role') };
  const inRecovery = roleLine.exec(ran.result.stdout)?.[1];
  return inRecovery === undefined ? { role: 'neither' } : { role: inRecovery === 't' ? 'replica' : 'primary' };
}

const roleLine = /^role\|([tf])\|([tf])\|(\d{1,9})$/m;

/** What the plan expects of a server's role. */
export interface WantedRole {
  readonly role?: 'primary' | 'replica' | undefined;
  readonly replicationSlots?: 'noted' | 'refused' | undefined;
}

/** Judges the answer to `roleQuestions`; pure. */
export function judgeRole(wanted: WantedRole, stdout: string): RungVerdict {
  const role = roleLine.exec(stdout);
  if (role === null) return degraded('Unexpected', 'PostgreSQL did not say what role it has');
  const [, inRecovery, paused, receiverCount] = role;
  if (inRecovery === 't')
    return wanted.role === 'replica'
      ? replica(receiverCount !== '0')
      : notPrimary(paused === 't', receiverCount !== '0');
  if (wanted.role === 'replica')
    return degraded(
      'IsPrimary',
      'it is a primary (pg_is_in_recovery() is false) where the plan wants a replica: it takes writes of its own, and two primaries grow apart; rebuild it from the primary',
    );
  return withSlots(wanted, stdout);
}

function notPrimary(isPaused: boolean, isStreaming: boolean): Verdict {
  if (isPaused)
    return degraded(
      'RecoveryPaused',
      'its recovery is paused at the recovery target, so it is no primary yet: look at the data, then select pg_wal_replay_resume()',
    );
  return degraded(
    'IsReplica',
    `it is a replica (pg_is_in_recovery() is true) where the plan wants the primary, and ${
      isStreaming
        ? 'streams from one that answers: do not promote it, write the pod of that one'
        : 'takes no writes; if no other pod is the primary, promote it (select pg_promote()), or restore the primary'
    }`,
  );
}

function replica(isStreaming: boolean): RungVerdict {
  const seen = healthy('IsReplica', 'it is a replica');
  return isStreaming
    ? seen
    : {
        ...seen,
        note: 'no WAL receiver runs: if primary_conninfo names a primary of the lost site, its data stays as restored',
      };
}

/** Slots of readers of the lost site hold WAL until the disk is full. */
function withSlots({ replicationSlots }: WantedRole, stdout: string): RungVerdict {
  const seen = healthy('IsPrimary', 'it is the primary');
  const slots = [...stdout.matchAll(/^slot\|([a-z0-9_]{1,63})\|(\d{1,18})$/gm)];
  const [first] = slots;
  if (first === undefined) return seen;
  const [, name = '', bytes = '0'] = first;
  const more = slots.length === 1 ? '' : ` (and ${slots.length - 1} more)`;
  const text = `replication slot ${name}${more} has no reader and holds ${mebibytes(Number(bytes))} of WAL, more with each write; if its reader is lost: select pg_drop_replication_slot('${name}')`;
  return replicationSlots === 'refused' ? degraded('SlotHoldsWal', text) : { ...seen, note: text };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
