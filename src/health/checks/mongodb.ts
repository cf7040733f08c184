import { z } from 'zod';
import type { JsonObject } from '../../model/json.ts';
import { degraded, healthy, unknown, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { limitOf } from '../check-errors.ts';
import { atLeastOne, Count, countFault, refusesNone } from '../engines/count.ts';
import { engineOf, nameOnePlace, namesOnePlace, placeKeys, Role, type EngineKind } from '../engines/engine.ts';
import { describeHosts } from '../engines/members.ts';
import { judgeMongoRole, mongoRole, strangeHosts } from '../engines/mongodb-role.ts';
import { askMongo, mongoIsSlow, mongoPassword, type MongoAnswer } from '../engines/mongodb.ts';
import { slowly } from '../engines/slow-client.ts';
import { emptyDatabase, Host, SqlName } from '../engines/sql-data.ts';
import { climb, type Rung, type RungVerdict } from '../ladder.ts';

const DatabaseName = z.string().regex(/^[^/\\. "$*<>:|?\p{Cc}]{1,63}$/u, {
  error: 'a database is a name of up to 63 characters without spaces, dots, slashes and "$*<>:|?',
});

const Filter = z.record(z.string(), z.json()).refine((filter) => JSON.stringify(filter).length <= 4096, {
  error: 'the filter is longer than 4096 characters',
});

const Data = z.strictObject({
  database: DatabaseName.describe('The database.'),
  collection: z
    .string()
    .regex(/^(?!system\.)[^$\p{Cc}]{1,200}$/u, {
      error: 'a collection is a name without $, not beginning with system.',
    })
    .describe('The collection whose documents are counted (countDocuments).'),
  filter: Filter.optional().describe('Which documents, as MongoDB writes it: `{status: paid}`. Default: all.'),
  expect: Count.optional().describe('How many there must be. Default `{atLeast: 1}`.'),
});
type Data = z.infer<typeof Data>;

const Mongodb = z
  .strictObject({
    ...placeKeys,
    host: Host.optional().describe('Default 127.0.0.1 in the container.'),
    port: z.int().min(1).max(65_535).optional().describe('Default 27017.'),
    user: SqlName.optional().describe('Its password is under `password`.'),
    authDatabase: DatabaseName.optional().describe('The database that knows the user. Default `admin`.'),
    args: z
      .array(
        z.string().regex(/^--(?:tls|ssl)[A-Za-z]*(?:=[-A-Za-z0-9_./:]{1,200})?$/, {
          error: 'args are options for TLS, as --tls or --tlsCAFile=/etc/ssl/ca.pem',
        }),
      )
      .max(20)
      .optional()
      .describe('Options of the shell for TLS, as `[--tls, --tlsCAFile=/etc/ssl/ca.pem]`.'),
    role: Role,
    replicaSet: z
      .string()
      .regex(/^[-\w.]{1,128}$/, {
        error: 'the name of a replica set is letters, digits, hyphens, underscores and dots',
      })
      .optional()
      .describe('The replica set that it must belong to. Default: any, or none.'),
    members: z.int().min(1).max(50).optional().describe('How many members of the set must answer the primary.'),
    data: Data.optional().describe('What must be in the database.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .refine((spec) => (spec.user === undefined) === (spec.password === undefined), {
    error: 'write user and password together, or neither',
  })
  .describe(
    'A MongoDB is the right one: resources exist, pod ready, accepts connections (ping by mongosh, or mongo where that is ' +
      'the shell), in the right place of its replica set, with its documents. Each is judged only when the one before ' +
      'holds. The shell takes a second or more to start: give it `attemptTimeout: 60s`.',
  );
type Mongodb = z.infer<typeof Mongodb>;

function look(ctx: CheckContext, spec: Mongodb): Promise<Verdict> {
  let seen: MongoAnswer | undefined;
  const answer = (): MongoAnswer => {
    if (seen === undefined) throw new Error('a MongoDB is judged before it was asked');
    return seen;
  };
  const kind: EngineKind = {
    passwordVariable: mongoPassword,
    health: async (session) => {
      const found = await askMongo(slowly(session.ask, mongoIsSlow), spec, questionOf(ctx, spec.data));
      if ('verdict' in found) return found.verdict;
      seen = found;
      return healthy('AcceptsConnections', 'ping is answered');
    },
    roles: {
      ask: async (ask) => {
        const found = await askMongo(slowly(ask, mongoIsSlow), spec, undefined);
        return 'verdict' in found ? found : mongoRole(found.state);
      },
    },
  };
  const engine = engineOf(ctx, spec, kind, spec.role ?? 'primary');
  const rungs: Rung[] = [
    ...engine.rungs,
    { name: `role ${spec.role ?? 'primary'}`, look: () => lookAtRole(ctx, spec, answer()) },
  ];
  const { data } = spec;
  if (data !== undefined)
    rungs.push({ name: 'data', look: () => Promise.resolve(judgeDocuments(data, answer().count)) });
  return climb(rungs);
}

function questionOf(ctx: CheckContext, data: Data | undefined) {
  if (data === undefined) return undefined;
  const { database, collection, filter = {} } = data;
  return { database, collection, filter: filter as JsonObject, limitMs: limitOf(ctx) };
}

async function lookAtRole(ctx: CheckContext, spec: Mongodb, { state }: MongoAnswer): Promise<RungVerdict> {
  const hosts = strangeHosts(state).map((host) => host.replace(/:\d+$/, ''));
  const described = await describeHosts(ctx, hosts, spec.namespace ?? ctx.namespace);
  return judgeMongoRole({ ...spec, role: spec.role ?? 'primary' }, state, described);
}

/** Judges how many documents there are; pure. */
export function judgeDocuments(data: Data, count: MongoAnswer['count']): Verdict {
  const where = `collection ${data.collection}`;
  if (count === undefined) return unknown('Unexpected', `MongoDB did not say how many documents ${where} has`);
  if (typeof count !== 'number') return judgeRefusal(count.code, where);
  const fault = countFault(data.expect ?? atLeastOne, count);
  const which = data.filter === undefined ? '' : ' that the filter takes';
  if (fault === undefined) return healthy('DataAsExpected', `${where} has ${count} documents${which}`);
  if (count === 0 && data.filter === undefined)
    return emptyDatabase(`${where} has no document, ${fault},`, `database ${data.database}`);
  return degraded('OtherCount', `${where} has ${count} documents${which}, ${fault}`);
}

/** Codes of MongoDB (src/mongo/base/error_codes.yml). */
function judgeRefusal(code: number, where: string): Verdict {
  if (code === 13)
    return degraded(
      'PermissionDenied',
      `the user may not read ${where}; write user and password, or give it the role read`,
    );
  if (code === 50) return unknown('QueryTooSlow', `${where} was not counted within the attempt's time limit`);
  if (code === 2 || code === 9)
    return degraded('BadFilter', `MongoDB does not understand the filter for ${where} (code ${code})`);
  return degraded('QueryFailed', `MongoDB refuses to count ${where} with code ${code}`);
}

/** Check `mongodb`: a MongoDB in its place, with its documents. */
export const mongodb: HealthCheck<Mongodb> = {
  type: 'mongodb',
  spec: Mongodb,
  expectsData: ({ data }) => data !== undefined && refusesNone(data.expect ?? atLeastOne),
  needs: engineNeeds,
  observe: look,
};
