import { z } from 'zod';
import { degraded, healthy, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { hasFittingBounds, judgeOutput, noNumberFits, refusesEmpty } from '../check-expect.ts';
import { engineOf, nameOnePlace, namesOnePlace, placeKeys, Role } from '../engines/engine.ts';
import type { Ask } from '../engines/password.ts';
import { judgeRedisRole, redisAsk, redisKind } from '../engines/redis.ts';
import { Host, SqlName } from '../engines/sql-data.ts';
import { climb, type Rung } from '../ladder.ts';

const Count = z
  .strictObject({
    equals: z.int().min(0).optional().describe('As many keys as this.'),
    atLeast: z.int().min(0).optional().describe('Not fewer keys than this.'),
    atMost: z.int().min(0).optional().describe('Not more keys than this.'),
  })
  .refine(hasKey, { error: 'found no bound; write atLeast, atMost or equals' })
  .refine((count) => hasFittingBounds({ atLeast: count.atLeast, atMost: count.atMost }), { error: noNumberFits });
type Count = z.infer<typeof Count>;

function hasKey(value: object): boolean {
  return Object.values(value).some((each) => each !== undefined);
}

const Data = z
  .strictObject({
    count: Count.optional().describe('How many keys the database must have (DBSIZE).'),
    keys: z
      .array(z.string().min(1).max(512))
      .min(1)
      .max(20)
      .optional()
      .describe('Keys that must be there: a count alone is met by stale keys too.'),
  })
  .refine(hasKey, { error: 'write count, keys or both' });
type Data = z.infer<typeof Data>;

const Redis = z
  .strictObject({
    ...placeKeys,
    host: Host.optional().describe('Default 127.0.0.1 in the container.'),
    port: z.int().min(1).max(65_535).optional().describe('Default 6379.'),
    user: SqlName.optional().describe('A user of the access lists; default: the default user.'),
    database: z.int().min(0).max(65_535).optional().describe('The number of the database. Default 0.'),
    role: Role,
    data: Data.optional().describe('What must be in the database.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .describe(
    'A Redis or Valkey server is the right one: resources exist, pod ready, accepts connections (PING), in the right ' +
      'role, with its keys. Each is asked only when the one before holds.',
  );
type Redis = z.infer<typeof Redis>;

function look(ctx: CheckContext, spec: Redis): Promise<Verdict> {
  const role = spec.role ?? 'primary';
  const engine = engineOf(ctx, spec, redisKind(spec), role);
  const isInRole: Rung = {
    name: `role ${role}`,
    look: async () => {
      const answer = await redisAsk(engine.ask, spec, ['info', 'replication']);
      return 'verdict' in answer ? answer.verdict : judgeRedisRole(role, answer.text);
    },
  };
  const { data } = spec;
  if (data === undefined) return climb([...engine.rungs, isInRole]);
  return climb([...engine.rungs, isInRole, { name: 'data', look: () => lookAtKeys(engine.ask, spec, data) }]);
}

async function lookAtKeys(ask: Ask, spec: Redis, data: Data): Promise<Verdict> {
  const answer = await redisAsk(ask, spec, ['dbsize']);
  if ('verdict' in answer) return answer.verdict;
  const counted = judgeCount(data.count, answer.text, spec.database ?? 0);
  if (counted.verdict !== 'Healthy' || data.keys === undefined) return counted;
  const missing = await missingKey(ask, spec, data.keys);
  if (missing === undefined) return healthy('DataAsExpected', `${counted.message}, the named ones among them`);
  return 'verdict' in missing
    ? missing.verdict
    : degraded('KeyMissing', `the key ${JSON.stringify(missing.key)} is not there, of ${answer.text} keys`);
}

/** Judges DBSIZE; pure. */
export function judgeCount(count: Count | undefined, answer: string, database: number): Verdict {
  if (!/^\d{1,18}$/.test(answer)) return degraded('Unexpected', 'DBSIZE did not answer a number');
  const { equals, ...bounds } = count ?? { atLeast: 1 };
  const seen = judgeOutput({ ...bounds, ...(equals === undefined ? {} : { equals: String(equals) }) }, answer, false);
  if (seen.verdict === 'Healthy') return healthy('DataAsExpected', `database ${database} has ${answer} keys`);
  if (answer === '0')
    return degraded(
      'EmptyDatabase',
      `database ${database} has no key: Redis is well but empty; its volume was not the restored one, dir or dbfilename point elsewhere, or appendonly is on and it passed over the RDB file`,
    );
  const wanted = [
    equals === undefined ? '' : `expected ${equals}`,
    bounds.atLeast === undefined ? '' : `expected at least ${bounds.atLeast}`,
    bounds.atMost === undefined ? '' : `expected at most ${bounds.atMost}`,
  ].filter((word) => word !== '');
  return degraded('OtherCount', `database ${database} has ${answer} keys, ${wanted.join(', ')}`);
}

/** The first of the keys that is not there. All are asked at once; only where one lacks, one after the other. */
async function missingKey(
  ask: Ask,
  spec: Redis,
  keys: readonly string[],
): Promise<{ readonly key: string } | { readonly verdict: Verdict } | undefined> {
  const all = await redisAsk(ask, spec, ['exists', ...keys]);
  if ('verdict' in all) return all;
  if (all.text === String(keys.length)) return undefined;
  for (const key of keys) {
    const one = await redisAsk(ask, spec, ['exists', key]);
    if ('verdict' in one) return one;
    if (one.text !== '1') return { key };
  }
  return undefined;
}

/** Check `redis`: a Redis server with its keys, in its role. */
export const redis: HealthCheck<Redis> = {
  type: 'redis',
  spec: Redis,
  expectsData: ({ data }) => {
    if (data?.keys !== undefined) return true;
    const { equals, ...bounds } = data?.count ?? {};
    return refusesEmpty(data?.count && { ...bounds, ...(equals === undefined ? {} : { equals: String(equals) }) });
  },
  needs: engineNeeds,
  observe: look,
};
