import { z } from 'zod';
import {
  healthy,
  missing,
  refText,
  verdictNames,
  type JudgedObject,
  type ObjectRef,
  type Verdict,
} from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { judgeObjects } from '../judge.ts';
import { withVerdict } from '../check-errors.ts';
import { ApiVersion, Kind, LabelMap, Namespace, ObjectName, selectorText } from '../check-words.ts';

const VerdictOf = z
  .strictObject({
    apiVersion: ApiVersion.describe('As in a manifest: `apps/v1`.'),
    kind: Kind.describe('As in a manifest: `Deployment`.'),
    name: ObjectName.optional().describe('One object; without it and without labels every object of the kind.'),
    labelSelector: LabelMap.optional().describe('Labels that the objects have, as `{app: web}`.'),
    namespace: Namespace,
    expect: z.enum(verdictNames).optional().describe('The verdict that each of them must have. Default `Healthy`.'),
  })
  .refine((spec) => spec.name === undefined || spec.labelSelector === undefined, {
    error: 'found both name and labelSelector; write one of them',
  })
  .describe('Objects have a verdict, by the same rules as the gates.');
type VerdictOf = z.infer<typeof VerdictOf>;

/** Judges what the objects' own verdicts were; pure. */
export function judgeAll(spec: VerdictOf, judged: readonly JudgedObject[]): Verdict {
  const expected = spec.expect ?? 'Healthy';
  const others = judged.filter((each) => each.verdict !== expected);
  const [first] = others;
  if (first === undefined) return healthy('AsExpected', `${judged.length} ${spec.kind} ${expected}, as expected`);
  const more = others.length > 1 ? ` (and ${others.length - 1} more)` : '';
  const message = `expected ${expected}, ${refText(first)} is ${first.verdict}${more}: ${first.message || first.reason}`;
  // A Healthy object where another verdict was expected must not pass.
  return { verdict: first.verdict === 'Healthy' ? 'Degraded' : first.verdict, reason: first.reason, message };
}

async function look(ctx: CheckContext, spec: VerdictOf): Promise<Verdict> {
  const { apiVersion, kind, name } = spec;
  const resource = await ctx.kube.resource({ apiVersion, kind }, { signal: ctx.signal });
  if (resource === undefined)
    return missing('KindNotServed', `the cluster does not serve the kind ${kind} of ${apiVersion}`);
  const where = resource.namespaced ? { namespace: spec.namespace ?? ctx.namespace } : {};
  const refs = name === undefined ? await findRefs(ctx, spec, where.namespace) : [{ apiVersion, kind, name, ...where }];
  if (refs.length > 0)
    return judgeAll(spec, await judgeObjects(ctx.kube, refs, { signal: ctx.signal, verdicts: ctx.plan.verdicts }));
  const labels = spec.labelSelector === undefined ? '' : ` with ${selectorText(spec.labelSelector)}`;
  const place = where.namespace === undefined ? '' : ` in namespace ${where.namespace}`;
  const text = `there is no ${kind}${labels}${place}`;
  return spec.expect === 'Missing' ? healthy('AsExpected', `${text}, as expected`) : missing('NotFound', text);
}

async function findRefs(
  ctx: CheckContext,
  spec: VerdictOf,
  namespace: string | undefined,
): Promise<readonly ObjectRef[]> {
  const { apiVersion, kind } = spec;
  const { items } = await ctx.kube.list(
    { apiVersion, kind },
    {
      signal: ctx.signal,
      ...(namespace === undefined ? {} : { namespace }),
      ...(spec.labelSelector === undefined ? {} : { labelSelector: selectorText(spec.labelSelector) }),
    },
  );
  return items.map((item) => ({
    apiVersion,
    kind,
    name: item.metadata.name,
    ...(item.metadata.namespace === undefined ? {} : { namespace: item.metadata.namespace }),
  }));
}

/** Check `verdict`: objects have a verdict. */
export const verdict: HealthCheck<VerdictOf> = {
  type: 'verdict',
  spec: VerdictOf,
  objectsOnly: true,
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
