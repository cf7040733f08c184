import { createHash } from 'node:crypto';
import { type DriverContext, DriverError } from '../drivers/driver.ts';
import { KubeError } from '../kube/error.ts';
import type { KubeObject } from '../kube/types.ts';
import type { Json } from '../model/json.ts';

/** On an object of ours: the hash of the spec that it was made with. Velero changes a Restore's spec itself. */
export const specHashAnnotation = 'rekindle.dev/spec-sha256';

/**
 * Makes an object once: looks by name, adopts what is ours, creates what is not there. `before` runs once, before the
 * first create. Returns it as it is in the cluster. Throws DriverError(`Conflict`) for somebody else's object, or ours of another spec.
 */
export async function ensureOurs(
  ctx: Pick<DriverContext, 'kube' | 'signal'>,
  wanted: KubeObject,
  before?: () => Promise<void>,
): Promise<KubeObject> {
  const { kind, apiVersion } = wanted;
  const { name, namespace = '' } = wanted.metadata;
  for (let look = 0; look < 3; look += 1) {
    const found = await ctx.kube.get({ apiVersion, kind, namespace, name }, { signal: ctx.signal });
    if (found) return adopt(found, wanted);
    if (look === 0) await before?.();
    const made = await created(ctx, wanted);
    if (made) return made;
  }
  throw new DriverError(
    'Conflict',
    `${kind} ${namespace}/${name} is made and removed by somebody else again and again; find out who does it`,
  );
}

/** The hash of a value, whatever the order of its keys. */
export function hashOf(value: Json): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex');
}

function sorted(value: Json | undefined): Json {
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}

/** Ours: every label of this recovery, step and generation, and the hash of the same spec. */
function adopt(found: KubeObject, wanted: KubeObject): KubeObject {
  const { kind } = wanted;
  const { name, namespace = '', labels = {}, annotations = {} } = found.metadata;
  const strange = Object.entries(wanted.metadata.labels ?? {}).find(([key, value]) => labels[key] !== value);
  if (strange)
    throw new DriverError(
      'Conflict',
      `${kind} ${namespace}/${name} is there already, but not of this step (its label ${strange[0]} is ${labels[strange[0]] ?? 'missing'}, not ${strange[1]}); remove it if it is not needed, then retry the step`,
    );
  if (annotations[specHashAnnotation] !== wanted.metadata.annotations?.[specHashAnnotation])
    throw new DriverError(
      'Conflict',
      `${kind} ${namespace}/${name} of this step was made with another filter; retry the step with mode again, which makes a new one`,
    );
  return found;
}

/** Undefined where somebody was faster: then it is looked at again. */
async function created(
  ctx: Pick<DriverContext, 'kube' | 'signal'>,
  wanted: KubeObject,
): Promise<KubeObject | undefined> {
  const what = `${wanted.kind} ${wanted.metadata.namespace ?? ''}/${wanted.metadata.name}`;
  try {
    return await ctx.kube.create(wanted, { signal: ctx.signal });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.code === 409) return undefined;
    if (error.code === 403)
      throw new DriverError('PermissionDenied', `creating ${what} is not permitted: ${error.message}`);
    if (error.code === 422 || error.code === 400)
      throw new DriverError('EngineRefused', `the API server refuses ${what}: ${error.message}`);
    throw error;
  }
}
