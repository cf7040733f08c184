import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import { degraded, healthy, missing, progressing, unknown, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { DnsName } from '../check-words.ts';

/** One question waits so long for an answer, and is asked twice: datagrams get lost. */
const questionLimitMs = 2000;
const tries = 2;

const Target = z.union([z.ipv4(), z.ipv6(), DnsName]);

const Server = z.string().refine(isServer, {
  error:
    'a name server is an IP address, with a port where it is not 53: 10.96.0.10, 10.96.0.10:5353, [2001:db8::53]:53',
});

const DnsResolves = z
  .strictObject({
    names: z.array(DnsName).min(1).max(50).describe('The names, whole: no search domain is put after them.'),
    servers: z
      .array(Server)
      .min(1)
      .max(20)
      .optional()
      .describe(
        "Name servers, each of which is asked, as `10.96.0.10` or `10.96.0.10:5353`. Default: the worker's own.",
      ),
    expect: z
      .array(Target)
      .min(1)
      .max(50)
      .describe(
        'What the names may lead to: every answer must be one of these. Addresses ask for A and AAAA, names for CNAME.',
      ),
    deadSite: z
      .array(Target)
      .max(50)
      .optional()
      .describe('Addresses or names of the lost site: an answer that is still one of these is called so.'),
  })
  .refine((spec) => spec.expect.every(isAddress) || !spec.expect.some(isAddress), {
    error: 'expect holds addresses or names, not both: a name with a CNAME has no addresses of its own',
  })
  .refine((spec) => !(spec.deadSite ?? []).some((dead) => spec.expect.some((each) => same(each, dead))), {
    error: 'a target stands under both expect and deadSite',
  })
  .describe(
    'Names lead to the restored site at every name server. Asked from the worker, not from inside the cluster: name ' +
      'the servers that matter, among them those of the zone, for a resolver near by may answer from its cache.',
  );
type DnsResolves = z.infer<typeof DnsResolves>;

type RecordType = 'A' | 'AAAA' | 'CNAME';

/** What one server said to one question: targets with how long they may be kept (s), or the resolver's error code. */
export type Answer =
  { readonly targets: readonly { readonly target: string; readonly ttl?: number }[] } | { readonly code: string };

/** One name at one server. */
export interface Asked {
  readonly name: string;
  /** Empty for the worker's own resolvers. */
  readonly server: string;
  readonly answers: ReadonlyMap<RecordType, Answer>;
}

function isServer(text: string): boolean {
  try {
    new Resolver().setServers([text]);
    return true;
  } catch {
    return false;
  }
}

function isAddress(target: string): boolean {
  return isIP(target) !== 0;
}

/** Addresses in their shortest form, names without the last dot, all in lower case. */
function plain(target: string): string {
  if (isIP(target) === 6) return new URL(`http://[${target}]`).hostname;
  return target.toLowerCase().replace(/\.$/, '');
}

function same(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

/** Judges what one server said of one name; pure. */
export function judgeAnswers(spec: DnsResolves, asked: Asked): Verdict {
  const where = `${asked.name} at ${asked.server === '' ? "the worker's own name servers" : asked.server}`;
  const failed = [...asked.answers].find(([, answer]) => 'code' in answer && answer.code !== 'ENODATA');
  if (failed !== undefined && 'code' in failed[1]) return judgeCode(where, failed[1].code);
  const targets = [...asked.answers.values()].flatMap((answer) => ('targets' in answer ? answer.targets : []));
  const wrong = targets.find(({ target }) => !spec.expect.some((each) => same(each, target)));
  if (wrong !== undefined) return judgeWrong(spec, where, wrong);
  const absent = wantedTypes(spec.expect).find((type) => !hasTargets(asked.answers.get(type)));
  if (absent !== undefined)
    return missing('NoRecord', `${where}: the name is there and has no ${absent} record (NODATA)`);
  return healthy('Resolves', `${where} leads to ${targets.map(({ target }) => target).join(', ')}, as expected`);
}

function hasTargets(answer: Answer | undefined): boolean {
  return answer !== undefined && 'targets' in answer && answer.targets.length > 0;
}

function judgeWrong(
  spec: DnsResolves,
  where: string,
  { target, ttl }: { readonly target: string; readonly ttl?: number },
): Verdict {
  const isDead = (spec.deadSite ?? []).some((each) => same(each, target));
  if (!isDead) return degraded('OtherTarget', `${where} leads to ${target}, expected ${spec.expect.join(' or ')}`);
  const kept = ttl === undefined ? '' : `; caches may keep it ${ttl} s more`;
  return progressing('StaleAnswer', `${where} still leads to ${target} of the lost site${kept}`);
}

/** Error codes of c-ares, the resolver inside Node (node.js, lib/dns.js, "Error codes"). */
function judgeCode(where: string, code: string): Verdict {
  switch (code) {
    case 'ENOTFOUND':
      return missing('NoSuchName', `${where}: the name does not exist (NXDOMAIN)`);
    case 'ESERVFAIL':
      return unknown(
        'ServFail',
        `${where}: the server cannot say (SERVFAIL); its zone is not loaded, or a server that it asks does not answer`,
      );
    case 'EREFUSED':
      return unknown(
        'Refused',
        `${where}: the server refuses the question (REFUSED); it does not serve this zone to us`,
      );
    case 'ETIMEOUT':
      return unknown('NoAnswer', `${where}: no answer, asked ${tries} times`);
    case 'ECONNREFUSED':
      return unknown('NoServer', `${where}: nobody listens there`);
    case 'ECANCELLED':
      return unknown('AttemptTimeout', `${where}: no answer within the attempt's time limit`);
    default:
      return unknown(
        'BadAnswer',
        `${where}: the answer could not be used (${/^E[A-Z]+$/.test(code) ? code : 'no code'})`,
      );
  }
}

/** The record types that must be there. */
function wantedTypes(expected: readonly string[]): readonly RecordType[] {
  if (!expected.some(isAddress)) return ['CNAME'];
  const has = (family: number): boolean => expected.some((each) => isIP(each) === family);
  return [...(has(4) ? (['A'] as const) : []), ...(has(6) ? (['AAAA'] as const) : [])];
}

async function look(ctx: CheckContext, spec: DnsResolves): Promise<Verdict> {
  const questions = spec.names.flatMap((name) => (spec.servers ?? ['']).map((server) => ({ name, server })));
  const verdicts = await Promise.all(
    questions.map(async ({ name, server }) => judgeAnswers(spec, await ask(ctx.signal, spec, name, server))),
  );
  const faults = verdicts.filter(({ verdict }) => verdict !== 'Healthy');
  const [fault] = faults;
  const [first] = verdicts;
  if (fault !== undefined)
    return faults.length === 1
      ? fault
      : { ...fault, message: `${fault.message}, and ${faults.length - 1} more like it` };
  if (first === undefined) return unknown('NothingAsked', 'no name was asked for');
  return verdicts.length === 1
    ? first
    : healthy('Resolves', `${verdicts.length} of ${verdicts.length} answers as expected: ${first.message}`);
}

/** Asks for both families even where one is expected: a forgotten AAAA record leads half the world to the lost site. */
async function ask(signal: AbortSignal, spec: DnsResolves, name: string, server: string): Promise<Asked> {
  const resolver = new Resolver({ timeout: questionLimitMs, tries });
  if (server !== '') resolver.setServers([server]);
  const types: readonly RecordType[] = spec.expect.some(isAddress) ? ['A', 'AAAA'] : ['CNAME'];
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const answers = await Promise.all(types.map(async (type) => [type, await askOne(resolver, name, type)] as const));
    return { name, server, answers: new Map(answers) };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

async function askOne(resolver: Resolver, name: string, type: RecordType): Promise<Answer> {
  try {
    if (type === 'CNAME') return { targets: (await resolver.resolveCname(name)).map((target) => ({ target })) };
    const found = await (type === 'A'
      ? resolver.resolve4(name, { ttl: true })
      : resolver.resolve6(name, { ttl: true }));
    return { targets: found.map(({ address, ttl }) => ({ target: address, ttl })) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return { code: error.code };
    throw error;
  }
}

/** Check `dnsResolves`: names lead to the restored site. */
export const dnsResolves: HealthCheck<DnsResolves> = {
  type: 'dnsResolves',
  spec: DnsResolves,
  observe: look,
};
