import { z } from 'zod';
import { healthy, missing, refText, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { withVerdict } from '../check-errors.ts';
import { ApiVersion, AtLeastOne, Kind, LabelMap, Namespace, ObjectName, selectorText } from '../check-words.ts';

const ResourceExists = z
  .strictObject({
    apiVersion: ApiVersion.describe('As in a manifest: `v1`, `apps/v1`.'),
    kind: Kind.describe('As in a manifest: `Secret`, `Deployment`.'),
    name: ObjectName.optional().describe('One object; without it and without labels any object of the kind.'),
    labelSelector: LabelMap.optional().describe('Labels that the objects have, as `{app: web}`.'),
    namespace: Namespace,
    atLeast: AtLeastOne.optional().describe('How many objects must be there. Default 1.'),
  })
  .refine((spec) => spec.name === undefined || (spec.labelSelector === undefined && spec.atLeast === undefined), {
    error: 'found name beside labelSelector or atLeast; name is for one object, labelSelector and atLeast for several',
  })
  .describe('Objects are there. Says nothing about their health: for that there is `verdict`.');
type ResourceExists = z.infer<typeof ResourceExists>;

async function look(ctx: CheckContext, spec: ResourceExists): Promise<Verdict> {
  const { apiVersion, kind, name } = spec;
  const resource = await ctx.kube.resource({ apiVersion, kind }, { signal: ctx.signal });
  if (resource === undefined)
    return missing('KindNotServed', `the cluster does not serve the kind ${kind} of ${apiVersion}`);
  const options = { signal: ctx.signal, metadataOnly: true };
  const where = resource.namespaced ? { namespace: spec.namespace ?? ctx.namespace } : {};
  if (name !== undefined) {
    const ref = { apiVersion, kind, name, ...where };
    const found = await ctx.kube.get(ref, options);
    return found === undefined
      ? missing('NotFound', `${refText(ref)} is not there`)
      : healthy('Exists', `${refText(ref)} is there`);
  }
  const selector = spec.labelSelector === undefined ? {} : { labelSelector: selectorText(spec.labelSelector) };
  const { items } = await ctx.kube.list({ apiVersion, kind }, { ...where, ...selector, ...options });
  const atLeast = spec.atLeast ?? 1;
  const place = where.namespace === undefined ? '' : ` in namespace ${where.namespace}`;
  const labels = spec.labelSelector === undefined ? '' : ` with ${selectorText(spec.labelSelector)}`;
  const text = `expected at least ${atLeast} ${kind}${labels}${place}, found ${items.length}`;
  return items.length >= atLeast ? healthy('Exists', text) : missing('TooFew', text);
}

/** Check `resourceExists`: objects are there. */
export const resourceExists: HealthCheck<ResourceExists> = {
  type: 'resourceExists',
  spec: ResourceExists,
  objectsOnly: true,
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
