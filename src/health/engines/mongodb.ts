import { isRecord, listAt, numberAt, parseJson, textAt, valueAt } from '../../kube/read.ts';
import type { JsonObject } from '../../model/json.ts';
import { degraded, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { Ran } from '../check-exec.ts';
import type { Ask } from './password.ts';

export const mongoIsSlow =
  'the MongoDB shell takes seconds to start on a busy node; give the check attemptTimeout: 60s';

/** The variable in which the shell finds the password. */
export const mongoPassword = 'REKINDLE_MONGO_PASSWORD';

/** How a MongoDB is connected to. */
export interface MongoLogin {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly authDatabase?: string | undefined;
  readonly args?: readonly string[] | undefined;
}

/** Documents to count. */
export interface MongoQuestion {
  readonly database: string;
  readonly collection: string;
  readonly filter: JsonObject;
  readonly limitMs: number;
}

/** What a server says of itself. Codes are MongoDB's own (src/mongo/base/error_codes.yml). */
export interface MongoState {
  /** Says that it takes writes. */
  readonly isWritable: boolean;
  readonly isSecondary: boolean;
  /** A router of a sharded cluster. */
  readonly isRouter: boolean;
  readonly setName: string | undefined;
  /** As `replSetGetStatus` has it, or the code of its refusal. */
  readonly set: MongoSet | { readonly code: number };
  /** The hosts in the stored configuration; empty where there is none, or it may not be read. */
  readonly configured: readonly string[];
}

export interface MongoSet {
  readonly state: number;
  readonly members: readonly { readonly host: string; readonly state: number; readonly health: number }[];
}

/**
 * The script is a constant but for one JSON literal; it reads alone. No function of it asks the server: the shell turns
 * calls into promises, and one that leaves a function inside `try` is not caught. The old shell answers {ok: 0} where the
 * new one throws, and knows neither `const` in every version nor `process`.
 */
function script(wanted: JsonObject): string {
  const literal = JSON.stringify(wanted).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return `var wanted = ${literal};
var out = {}; var r; var c;
function code(e) { return { code: e.code === undefined ? -1 : Number(e.code) }; }
function member(m) { return { host: String(m.name || m.host), state: Number(m.state), health: Number(m.health) }; }
if (wanted.user !== undefined) {
  try {
    r = db.getSiblingDB(wanted.authDatabase).auth(wanted.user,
      typeof process === 'undefined' ? _getEnv(wanted.variable) : process.env[wanted.variable]);
    if (!r) out.login = { code: 18 };
  } catch (e) { out.login = code(e); }
}
if (out.login === undefined) {
  try { r = db.adminCommand({ ping: 1 }); if (!r.ok) out.ping = code(r); } catch (e) { out.ping = code(e); }
  try { r = db.adminCommand({ hello: 1 }); } catch (e) { r = { ok: 0 }; }
  if (!r.ok) { try { r = db.adminCommand({ isMaster: 1 }); } catch (e) { r = { ok: 0 }; } }
  out.hello = { writable: !!(r.isWritablePrimary || r.ismaster), secondary: !!r.secondary, set: r.setName,
    router: r.msg === 'isdbgrid' };
  try {
    r = db.adminCommand({ replSetGetStatus: 1 });
    out.status = r.ok ? { state: Number(r.myState), members: r.members.map(member) } : code(r);
  } catch (e) { out.status = code(e); }
  try {
    c = db.getSiblingDB('local').getCollection('system.replset').findOne();
    if (c) out.config = c.members.map(member);
  } catch (e) { }
  if (wanted.collection !== undefined) {
    try {
      out.count = Number(db.getSiblingDB(wanted.database).getCollection(wanted.collection)
        .countDocuments(wanted.filter, { maxTimeMS: wanted.limitMs }));
    } catch (e) { out.count = code(e); }
  }
}
print('rekindle ' + JSON.stringify(out));`;
}

/** What the script printed: the state, and how many documents or the code of the refusal. */
export interface MongoAnswer {
  readonly state: MongoState;
  readonly count: number | { readonly code: number } | undefined;
}

/** Asks all in one go, since each start of the shell takes seconds: `mongosh`, or `mongo` of MongoDB before 6.0. */
export async function askMongo(
  ask: Ask,
  login: MongoLogin,
  question: MongoQuestion | undefined,
): Promise<MongoAnswer | { readonly verdict: Verdict }> {
  const { user, authDatabase = 'admin', host = '127.0.0.1', port = 27_017, args = [] } = login;
  const wanted: JsonObject = {
    ...(user === undefined ? {} : { user, authDatabase, variable: mongoPassword }),
    ...(question === undefined ? {} : { ...question }),
  };
  const options = ['--quiet', '--norc', '--host', host, '--port', String(port), ...args, '--eval', script(wanted)];
  const ran = await ask(['mongosh', ...options]);
  if (!isAbsent(ran)) return readAnswer(ran);
  const old = await ask(['mongo', ...options]);
  if (!isAbsent(old)) return readAnswer(old);
  const text =
    'the container has neither mongosh nor mongo: write container where a sidecar has it, or ask by an httpGet or exec check';
  return { verdict: degraded('CommandNotFound', text) };
}

function isAbsent(ran: Ran): boolean {
  return 'verdict' in ran && ran.verdict.reason === 'CommandNotFound';
}

function readAnswer(ran: Ran): MongoAnswer | { readonly verdict: Verdict } {
  if ('verdict' in ran) return ran;
  const { stdout, stderr, exitCode } = ran.result;
  const line = stdout.split('\n').findLast((each) => each.startsWith('rekindle {'));
  if (line === undefined) return { verdict: shellFault(stdout + stderr, exitCode) };
  const answer = parseJson(line.slice('rekindle '.length));
  const login = codeAt(answer, 'login');
  if (login !== undefined) return { verdict: loginFault(login) };
  const ping = codeAt(answer, 'ping');
  if (ping !== undefined)
    return { verdict: unknown('NoAnswer', `ping was refused with code ${ping}; look at the server's log`) };
  return readState(answer);
}

/** Reads the script's JSON; pure. */
export function readState(answer: unknown): MongoAnswer {
  const statusCode = codeAt(answer, 'status');
  const state: MongoState = {
    isWritable: valueAt(answer, 'hello', 'writable') === true,
    isSecondary: valueAt(answer, 'hello', 'secondary') === true,
    isRouter: valueAt(answer, 'hello', 'router') === true,
    setName: setNameAt(answer),
    set:
      statusCode === undefined
        ? { state: numberAt(answer, 'status', 'state') ?? 6, members: membersAt(valueAt(answer, 'status'), 'members') }
        : { code: statusCode },
    configured: membersAt(answer, 'config').map(({ host }) => host),
  };
  const countCode = codeAt(answer, 'count');
  return { state, count: countCode === undefined ? numberAt(answer, 'count') : { code: countCode } };
}

function codeAt(answer: unknown, field: string): number | undefined {
  return numberAt(answer, field, 'code');
}

function setNameAt(answer: unknown): string | undefined {
  const name = textAt(answer, 'hello', 'set');
  return name !== undefined && /^[-\w.]{1,128}$/.test(name) ? name : undefined;
}

function membersAt(value: unknown, field: string): MongoSet['members'] {
  return listAt(value, field)
    .filter(isRecord)
    .map((each) => ({
      host: hostText(textAt(each, 'host')),
      state: numberAt(each, 'state') ?? 6,
      health: numberAt(each, 'health') ?? 0,
    }));
}

function hostText(host: string | undefined): string {
  return host !== undefined && /^[-\w.:[\]]{1,253}$/.test(host) ? host : 'a host with a strange name';
}

function loginFault(code: number): Verdict {
  if (code === 18)
    return degraded(
      'WrongPassword',
      'MongoDB refuses user or password: users are in the data (admin.system.users), so the Secret and the restored volume are not of the same day, or authDatabase is another one',
    );
  return degraded('LoginFailed', `MongoDB refuses the login with code ${code}`);
}

/** What the shell says when it never came to the script. */
export function shellFault(said: string, exitCode: number): Verdict {
  if (/ECONNREFUSED|Connection refused|connect failed/i.test(said))
    return progressing(
      'NotListening',
      'no MongoDB listens there: it replays its journal before it does, or listens elsewhere; if it stays so, look at its log, or write host and port',
    );
  if (/SSL|TLS|certificate/i.test(said))
    return degraded(
      'Tls',
      'MongoDB wants TLS, or its certificate is not accepted; write args, as [--tls, --tlsCAFile, …]',
    );
  if (/ServerSelection|timed out|ETIMEDOUT|ENOTFOUND/i.test(said))
    return unknown('NoAnswer', 'the shell found no server to answer it in time');
  return degraded('ShellFailed', `the MongoDB shell ended with exit code ${exitCode} and no answer`);
}
