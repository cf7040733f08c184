import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { startAgain, stopJob } from '../manifests/jobs.ts';
import { KubeError } from '../kube/error.ts';
import { mergePatched } from '../kube/merge-patch.ts';
import type { KubeObject } from '../kube/types.ts';
import { drilled } from '../manifests/drilled.ts';
import { readManifests, ManifestError, type Manifests } from '../manifests/files.ts';
import { labelKeys } from '../model/labels.ts';
import { quiesceIndexOf } from '../model/quiesce.ts';
import { tierNames } from '../model/tiers.ts';
import { type ObjectRef, refText } from '../model/verdict.ts';
import { patchOnTheWay, quiesceFacts } from '../quiesce/facts.ts';
import {
  type DriverContext,
  DriverError,
  type Finding,
  type Progress,
  type RestoreDriver,
  type StopOptions,
  type Stopped,
} from './driver.ts';

/** The one field manager of everything that is applied. */
const fieldManager = 'rekindle';

/** A kind whose definition was applied a moment ago may take this long to be served. */
const servedPatienceMs = 10_000;

const Path = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..'),
    'a path starts in the plans folder and stays in it: no leading /, no ..',
  );

const ManifestsSpec = z.strictObject({
  paths: z.array(Path).min(1).describe('Files or folders to apply, in this order; relative to the plans folder.'),
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe('Namespace of objects that name none; the plan’s first unless told.'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, '64 hex digits')
    .optional()
    .describe('Refuse the files unless this is their hash.'),
});
type ManifestsSpec = z.output<typeof ManifestsSpec>;

type ManifestsHandle = { readonly sha256: string; readonly objects: number };

/** Applies manifests by server-side apply: an object that somebody else made, or whose fields somebody else manages, is a conflict. */
export const manifests = {
  name: 'manifests',
  tiers: tierNames,
  spec: ManifestsSpec,
  stages: ['restore'],
  preflight,
  start,
  observe,
  objects,
  brings,
  stop,
} as const satisfies RestoreDriver<ManifestsSpec, ManifestsHandle>;

async function preflight(ctx: DriverContext, spec: ManifestsSpec): Promise<Finding[]> {
  try {
    const { objects: wanted } = await read(ctx, spec);
    const strangers = await strangersAmong(ctx, wanted);
    return strangers.length > 0
      ? [
          {
            severity: 'block',
            reason: 'ExistingObject',
            message: `step ${ctx.step.name} would apply over what is not its own: ${strangers.join(', ')}; remove it, or take it out of the manifests`,
          },
        ]
      : [];
  } catch (error) {
    if (error instanceof DriverError)
      return [{ severity: 'block', reason: 'ManifestsInvalid', message: `step ${ctx.step.name}: ${error.message}` }];
    throw error;
  }
}

/** Nothing where the files cannot be read: preflight says why. */
async function brings(ctx: DriverContext, spec: ManifestsSpec): Promise<readonly KubeObject[]> {
  try {
    return (await read(ctx, spec)).objects;
  } catch (error) {
    if (error instanceof DriverError) return [];
    throw error;
  }
}

async function read(ctx: DriverContext, spec: ManifestsSpec): Promise<Manifests> {
  try {
    const found = await readManifests(ctx.plansFolder, spec.paths);
    if (spec.sha256 && spec.sha256 !== found.sha256)
      throw new ManifestError(
        `the manifests have the sha256 ${found.sha256}, the plan wants ${spec.sha256}: bring the files back, or correct the plan`,
      );
    const objects = ctx.drill ? drilled(found.objects) : found.objects;
    return { ...found, objects: await Promise.all(objects.map((object) => withNamespace(ctx, spec, object))) };
  } catch (error) {
    if (error instanceof ManifestError) throw new DriverError('EngineRefused', error.message);
    throw error;
  }
}

/** Fills in the namespace of a namespaced object. Whether a kind not served yet is namespaced is decided when it is applied. */
async function withNamespace(ctx: DriverContext, spec: ManifestsSpec, object: KubeObject): Promise<KubeObject> {
  if (object.metadata.namespace) return object;
  const resource = await ctx.kube.resource(object, { signal: ctx.signal });
  const namespace = spec.namespace ?? ctx.plan.namespaces[0];
  return resource?.namespaced && namespace ? { ...object, metadata: { ...object.metadata, namespace } } : object;
}

function refOf(object: KubeObject): ObjectRef {
  const { apiVersion, kind, metadata } = object;
  return { apiVersion, kind, name: metadata.name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}) };
}

function isOurs(ctx: DriverContext, object: KubeObject): boolean {
  const { labels = {} } = object.metadata;
  return labels[labelKeys.recovery] === ctx.recovery && labels[labelKeys.step] === ctx.step.name;
}

/** Texts of the objects that are there and not of this step of this recovery. */
async function strangersAmong(ctx: DriverContext, wanted: readonly KubeObject[]): Promise<readonly string[]> {
  const strangers: string[] = [];
  for (const object of wanted) {
    const live = await ctx.kube.get(refOf(object), { signal: ctx.signal });
    if (live && !isOurs(ctx, live)) strangers.push(refText(refOf(object)));
  }
  return strangers.length > 5 ? [...strangers.slice(0, 5), `and ${strangers.length - 5} more`] : strangers;
}

async function start(ctx: DriverContext, spec: ManifestsSpec): Promise<ManifestsHandle> {
  const found = await read(ctx, spec);
  const strangers = await strangersAmong(ctx, found.objects);
  if (strangers.length > 0)
    throw new DriverError(
      'Conflict',
      `${strangers.join(', ')}: there already and not of this recovery; remove it, or take it out of the manifests, then retry the step`,
    );
  for (const object of found.objects) await apply(ctx, spec, object);
  return { sha256: found.sha256, objects: found.objects.length };
}

async function apply(ctx: DriverContext, spec: ManifestsSpec, written: KubeObject): Promise<void> {
  await untilServed(ctx, written);
  const object = quiescedOnTheWay(ctx, await withNamespace(ctx, spec, written));
  const labelled = {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, ...ctx.labels },
      annotations: { ...object.metadata.annotations, ...ctx.annotations },
    },
  };
  try {
    await startAgain(ctx, object);
    await ctx.kube.apply(labelled, { fieldManager, signal: ctx.signal });
  } catch (error) {
    throw refusalOf(error, refText(refOf(object)));
  }
}

/** What the plan quiesces is applied stopped and marked: it never runs before it is put back. */
function quiescedOnTheWay(ctx: DriverContext, object: KubeObject): KubeObject {
  const facts = quiesceFacts(object);
  if (!facts) return object;
  const wanted = quiesceIndexOf(ctx.plan.quiesce, { ...object, ...object.metadata }) !== undefined;
  const patch = patchOnTheWay({ ...object, facts, wanted }, ctx.recovery);
  return patch ? mergePatched(object, patch) : object;
}

async function untilServed(ctx: DriverContext, object: KubeObject): Promise<void> {
  const end = Date.now() + servedPatienceMs;
  while (!(await ctx.kube.resource(object, { signal: ctx.signal }))) {
    if (Date.now() > end)
      throw new DriverError(
        'EngineRefused',
        `${refText(refOf(object))}: the cluster does not serve ${object.apiVersion} ${object.kind}; restore its CustomResourceDefinition in tier crds`,
      );
    await sleep(250, undefined, { signal: ctx.signal });
  }
}

function refusalOf(error: unknown, what: string): unknown {
  if (!(error instanceof KubeError)) return error;
  if (error.code === 409) return new DriverError('Conflict', `${what}: ${error.message}`);
  if (error.code === 403)
    return new DriverError('PermissionDenied', `applying ${what} is not permitted: ${error.message}`);
  if (error.code === 400 || error.code === 422)
    return new DriverError('EngineRefused', `the API server refuses ${what}: ${error.message}`);
  return error;
}

async function current(ctx: DriverContext, handle: ManifestsHandle): Promise<Manifests> {
  const spec = ManifestsSpec.parse(ctx.step.spec);
  const found = await read(ctx, spec);
  if (found.sha256 !== handle.sha256)
    throw new DriverError(
      'Conflict',
      `the manifests of step ${ctx.step.name} have changed since they were applied (sha256 ${handle.sha256.slice(0, 12)}… then, ${found.sha256.slice(0, 12)}… now); bring the files back, or retry the step with mode again`,
    );
  return found;
}

async function observe(ctx: DriverContext, handle: ManifestsHandle): Promise<Progress> {
  const { objects: wanted } = await current(ctx, handle);
  const live = await Promise.all(wanted.map((object) => ctx.kube.get(refOf(object), { signal: ctx.signal })));
  return judgeApplied(ctx, wanted, live);
}

/** Evidence: every object is there and carries the labels of this recovery, step and generation. */
function judgeApplied(
  ctx: DriverContext,
  wanted: readonly KubeObject[],
  live: readonly (KubeObject | undefined)[],
): Progress {
  const bad = wanted.flatMap((object, index) => {
    const seen = live[index];
    if (!seen) return [`${refText(refOf(object))} (gone)`];
    const strange = Object.entries(ctx.labels).some(([key, value]) => seen.metadata.labels?.[key] !== value);
    return strange ? [`${refText(refOf(object))} (no longer labelled as ours)`] : [];
  });
  if (bad.length > 0)
    return {
      state: 'failed',
      reason: 'ItemsMissing',
      message: `${bad.length} of ${wanted.length} applied objects are not as applied: ${bad.slice(0, 5).join(', ')}${bad.length > 5 ? ` and ${bad.length - 5} more` : ''}`,
      retry: 'again',
    };
  return {
    state: 'succeeded',
    evidence: [
      `${wanted.length} objects applied by ${fieldManager}, labelled ${ctx.recovery} ${ctx.step.name} generation ${ctx.generation}`,
    ],
    notes: [],
  };
}

/** Jobs that are still at work are suspended: their pods end, and what they have done stays. To undo is to remove them, too. */
async function stop(ctx: DriverContext, spec: ManifestsSpec, how: StopOptions): Promise<Stopped> {
  const left: string[] = [];
  for (const object of (await read(ctx, spec)).objects) {
    const live = await ctx.kube.get(refOf(object), { signal: ctx.signal });
    if (live && isOurs(ctx, live)) left.push(...(await stopJob(ctx, live, how)));
  }
  return { left, startsAgain: left.length > 0 };
}

async function* objects(ctx: DriverContext, handle: ManifestsHandle): AsyncGenerator<ObjectRef> {
  for (const object of (await current(ctx, handle)).objects) yield refOf(object);
}
