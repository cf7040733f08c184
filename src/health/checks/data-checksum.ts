import { z } from 'zod';
import { acts } from '../../kube/needs.ts';
import { textAt } from '../../kube/read.ts';
import { degraded, healthy, missing, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { engineNeeds } from '../check-needs.ts';
import { ObjectName } from '../check-words.ts';
import { judgeSums, readManifest, type Comparison, type Sum } from '../engines/checksum.ts';
import { nameOnePlace, namesOnePlace, placeKeys } from '../engines/engine.ts';
import { ContainerFile, Host, SqlName, TableName } from '../engines/sql-data.ts';
import { summedEngine, summedEngines, type SummedEngine } from '../engines/sums.ts';
import { climb } from '../ladder.ts';

/** A table, or for Redis a pattern of keys. */
const Name = z.string().regex(/^[^\s\0](?:[^\r\n\0]{0,253}[^\s\0])?$/, {
  error: 'a name is a table, as orders or public.orders, or for redis a pattern of keys, as session:*',
});

const Recorded = z.strictObject({
  count: z.int().min(0).describe('How many rows or keys there were.'),
  checksum: z
    .string()
    .regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, {
      error: 'a checksum is 64 hexadecimal digits, for redis 40, as `rekindle record` prints it',
    })
    .describe('SHA-256, for redis SHA-1, in hexadecimal digits.'),
});

const Manifest = z.strictObject({
  configMap: ObjectName.describe("A ConfigMap of the pod's namespace; in the backup it comes back with the site."),
  key: z
    .string()
    .regex(/^[-._A-Za-z0-9]{1,253}$/, { error: 'a key is letters, digits, hyphens, underscores and dots' })
    .describe('The key whose text is the manifest.'),
});

const DataChecksum = z
  .strictObject({
    engine: z.enum(summedEngines).describe('What runs there.'),
    ...placeKeys,
    host: Host.optional().describe("Default: the server's socket in the container, for redis 127.0.0.1."),
    port: z.int().min(1).max(65_535).optional().describe("Default: the engine's own."),
    socket: ContainerFile.optional().describe('Of mysql alone.'),
    defaultsFile: ContainerFile.optional().describe('Of mysql alone: an option file in the container.'),
    user: SqlName.optional().describe("Default as in the engine's own check."),
    database: z
      .union([SqlName, z.int().min(0).max(65_535)])
      .optional()
      .describe('Its name, for redis its number.'),
    expect: z
      .record(Name, Recorded)
      .optional()
      .describe('What was recorded, by table or by pattern of keys: `{orders: {count: 3, checksum: …}}`.'),
    manifest: Manifest.optional().describe(
      'Where what was recorded stands, instead of `expect`: lines that `rekindle record` printed.',
    ),
    names: z
      .array(Name)
      .min(1)
      .max(100)
      .optional()
      .describe('With `manifest`: the tables or patterns of keys that must be in it and be the same.'),
  })
  .refine(namesOnePlace, { error: nameOnePlace })
  .refine(saysWhatWasRecorded, {
    error: 'write expect, with at least one count above 0, or manifest together with names',
  })
  .refine((spec) => spec.engine === 'redis' || namesOf(spec).every((name) => TableName.safeParse(name).success), {
    error: 'found a name that is no table; a table is written as orders or public.orders',
  })
  .refine((spec) => spec.database === undefined || (typeof spec.database === 'number') === (spec.engine === 'redis'), {
    error: 'a database of postgres or mysql has a name (in quotes if it is a number), one of redis a number',
  })
  .refine((spec) => spec.engine === 'mysql' || (spec.socket === undefined && spec.defaultsFile === undefined), {
    error: 'socket and defaultsFile are for mysql',
  })
  .describe(
    'Tables or keys are exactly as they were recorded before the disaster, by `rekindle record`: as many, and the same ' +
      'checksum over all of them. For data that does not change between the recording and the backup.',
  );
export type DataChecksum = z.infer<typeof DataChecksum>;

/** The keys that say what was recorded. */
interface RecordedSpec {
  readonly expect?: { readonly [name: string]: Sum } | undefined;
  readonly manifest?: unknown;
  readonly names?: readonly string[] | undefined;
}

function saysWhatWasRecorded({ expect, manifest, names }: RecordedSpec): boolean {
  if (expect === undefined) return manifest !== undefined && names !== undefined;
  return manifest === undefined && names === undefined && Object.values(expect).some(({ count }) => count > 0);
}

/** The tables or patterns of keys that a spec is about. */
export function namesOf(spec: RecordedSpec): readonly string[] {
  return spec.names ?? Object.keys(spec.expect ?? {});
}

/** Asks for every name's sum, the rungs of the engine first. */
export async function recordSums(
  ctx: CheckContext,
  spec: DataChecksum,
): Promise<ReadonlyMap<string, Sum> | { readonly verdict: Verdict }> {
  const summed = summedEngine(ctx, spec);
  const ready = await climb(summed.engine.rungs);
  return ready.verdict === 'Healthy' ? sumAll(summed, namesOf(spec)) : { verdict: ready };
}

async function sumAll(
  summed: SummedEngine,
  names: readonly string[],
): Promise<ReadonlyMap<string, Sum> | { readonly verdict: Verdict }> {
  const sums = new Map<string, Sum>();
  for (const name of names) {
    const sum = await summed.sum(name);
    if ('verdict' in sum) return sum;
    sums.set(name, sum);
  }
  return sums;
}

function look(ctx: CheckContext, spec: DataChecksum): Promise<Verdict> {
  const summed = summedEngine(ctx, spec);
  let recorded: ReadonlyMap<string, Sum> = new Map(Object.entries(spec.expect ?? {}));
  const readRecorded = async (): Promise<Verdict> => {
    const read = spec.manifest === undefined ? recorded : await fetchManifest(ctx, spec, spec.manifest);
    if ('verdict' in read) return read.verdict;
    recorded = read;
    return healthy('ManifestRead', `${recorded.size} sums were recorded`);
  };
  const compare = async (): Promise<Verdict> => {
    const found = await sumAll(summed, namesOf(spec));
    if ('verdict' in found) return found.verdict;
    return judgeSums(comparisons(recorded, found), summed.unit);
  };
  return climb([
    { name: 'recorded', look: readRecorded },
    ...summed.engine.rungs,
    { name: 'checksums equal', look: compare },
  ]);
}

function comparisons(recorded: ReadonlyMap<string, Sum>, found: ReadonlyMap<string, Sum>): readonly Comparison[] {
  return [...found].flatMap(([name, sum]) => {
    const expected = recorded.get(name);
    return expected === undefined ? [] : [{ name, expected, found: sum }];
  });
}

async function fetchManifest(
  ctx: CheckContext,
  spec: DataChecksum,
  { configMap, key }: z.infer<typeof Manifest>,
): Promise<ReadonlyMap<string, Sum> | { readonly verdict: Verdict }> {
  const namespace = spec.namespace ?? ctx.namespace;
  const text = `key ${key} of ConfigMap ${namespace}/${configMap}`;
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: configMap };
  const manifest = textAt(await ctx.kube.get(ref, { signal: ctx.signal }), 'data', key);
  if (manifest === undefined)
    return {
      verdict: missing('NoManifest', `${text} is not there; nothing was recorded, or it was not in the backup`),
    };
  const sums = readManifest(manifest);
  if ('badLine' in sums)
    return { verdict: degraded('BadManifest', `line ${sums.badLine} of ${text} is not <count> <checksum> <name>`) };
  const absent = namesOf(spec).find((name) => !sums.has(name));
  if (absent !== undefined) return { verdict: degraded('NotRecorded', `${text} has no line for ${absent}`) };
  return sums;
}

/** Check `dataChecksum`: tables or keys are as they were recorded. */
export const dataChecksum: HealthCheck<DataChecksum> = {
  type: 'dataChecksum',
  spec: DataChecksum,
  expectsData: () => true,
  needs: (spec, home) => [
    ...engineNeeds(spec, home),
    ...(spec.manifest === undefined
      ? []
      : acts('', 'configmaps', ['get'], spec.namespace ?? home).map((need) => ({
          ...need,
          name: spec.manifest?.configMap ?? '',
        }))),
  ],
  observe: look,
};
