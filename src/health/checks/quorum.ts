import { z } from 'zod';
import { textAt } from '../../kube/read.ts';
import type { KubeObject } from '../../kube/types.ts';
import { degraded, healthy, missing, unknown, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { withVerdict } from '../check-errors.ts';
import { isReady, podsWith, podTexts } from '../check-pods.ts';
import { LabelKey, LabelMap, Namespace, selectorText } from '../check-words.ts';

/** Well-known labels of nodes (Kubernetes, staging/src/k8s.io/api/core/v1/well_known_labels.go). */
const domainLabels = new Map([
  ['zone', 'topology.kubernetes.io/zone'],
  ['region', 'topology.kubernetes.io/region'],
  ['host', 'kubernetes.io/hostname'],
]);

const domainWords = 'write zone, region, host, none, or a label with its domain, as example.com/rack';

const Quorum = z
  .strictObject({
    podSelector: LabelMap.describe('Labels of the pods that are members, as `{app: etcd}`.'),
    namespace: Namespace,
    members: z
      .int()
      .min(1)
      .max(99)
      .describe("How many members the system has by its own configuration. A pod that isn't there counts as lost."),
    allowEven: z
      .boolean()
      .optional()
      .describe('Take an even number of members. It bears no more losses than one member less does.'),
    ready: z
      .int()
      .min(1)
      .max(99)
      .optional()
      .describe('How many members must be ready. Default: a majority. Fewer than that is refused.'),
    spreadOver: z
      .union([
        z.enum(['zone', 'region', 'host', 'none']),
        LabelKey.refine((key) => key.includes('/'), { error: domainWords }),
      ])
      .optional()
      .describe(
        'Failure domains, by a label of the nodes: `zone` (default, topology.kubernetes.io/zone), `region`, `host`, ' +
          '`none`, or the label itself.',
      ),
    minDomains: z
      .int()
      .min(1)
      .max(99)
      .optional()
      .describe('Over how many domains at least. Default: so many that the loss of any one leaves a majority.'),
  })
  .refine((spec) => spec.allowEven === true || spec.members % 2 === 1, {
    error: 'found an even number of members, which bears no more losses than one less; write an odd one, or allowEven',
  })
  .refine(
    (spec) => spec.ready === undefined || (spec.ready >= majorityOf(spec.members) && spec.ready <= spec.members),
    {
      error: 'ready is at least a majority of the members and at most all of them',
    },
  )
  .refine((spec) => spec.minDomains === undefined || (spec.spreadOver !== 'none' && spec.minDomains <= spec.members), {
    error: 'minDomains is at most the number of members, and goes with something to spread over',
  })
  .describe(
    'Members that vote: a majority of them is ready, their number is odd, and no failure domain holds so many that its ' +
      'loss takes the majority. Pods are counted; whether they found each other the check of their engine says.',
  );
type Quorum = z.infer<typeof Quorum>;

/** A member's pod and the failure domain that its node is in; undefined when the node does not say. */
export interface Member {
  readonly pod: KubeObject;
  readonly domain: string | undefined;
}

/** More than half. */
function majorityOf(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** Judges members that were found; pure. */
export function judgeQuorum(spec: Quorum, found: readonly Member[], namespace: string): Verdict {
  const which = `Pod with ${selectorText(spec.podSelector)} in namespace ${namespace}`;
  if (found.length === 0) return missing('NoPod', `there is no ${which}`);
  if (found.length > spec.members)
    return degraded(
      'TooManyMembers',
      `expected ${spec.members} members, found ${found.length} ${which}: either the selector takes other pods too, or a majority is more than the plan says`,
    );
  const readyCount = found.filter(({ pod }) => isReady(pod)).length;
  return judgeReady(spec, found, readyCount) ?? judgeSpread(spec, found, readyCount);
}

/** Why there are not enough ready members; undefined when there are. */
function judgeReady(spec: Quorum, found: readonly Member[], readyCount: number): Verdict | undefined {
  const majority = majorityOf(spec.members);
  const wanted = spec.ready ?? majority;
  if (readyCount >= wanted) return undefined;
  const seen = `${readyCount} of ${spec.members} members are ready${othersText(spec, found)}`;
  if (readyCount < majority) return degraded('NoQuorum', `the majority of ${majority} is not there: ${seen}`);
  return degraded('MembersNotReady', `expected ${wanted} ready members: ${seen}`);
}

/** `: etcd-1 is Pending and 1 has no pod`. */
function othersText(spec: Quorum, found: readonly Member[]): string {
  const unready = found.map(({ pod }) => pod).filter((pod) => !isReady(pod));
  const absentCount = spec.members - found.length;
  const texts = [
    unready.length === 0 ? '' : podTexts(unready),
    absentCount === 0 ? '' : `${absentCount} without a pod`,
  ];
  const text = texts.filter((each) => each !== '').join(', ');
  return text === '' ? '' : `: ${text}`;
}

function judgeSpread(spec: Quorum, found: readonly Member[], readyCount: number): Verdict {
  const over = spec.spreadOver ?? 'zone';
  const counted = `${readyCount} of ${spec.members} members are ready, a majority is ${majorityOf(spec.members)}`;
  // One member alone bears no loss, wherever it is.
  if (over === 'none' || spec.members === 1) return healthy('Quorum', counted);
  const label = domainLabels.get(over) ?? over;
  const placed = found.filter(({ pod }) => textAt(pod, 'spec', 'nodeName') !== undefined);
  const nameless = placed.filter(({ domain }) => domain === undefined);
  if (nameless.length > 0)
    return unknown(
      'NoDomain',
      `the node of ${nameless.map(({ pod }) => pod.metadata.name).join(', ')} has no label ${label}; label the nodes, or write spreadOver: host or none`,
    );
  const groups = Map.groupBy(placed, ({ domain }) => domain ?? '');
  const domains = [...groups].map(([name, members]) => ({ name, count: members.length }));
  return spreadFault(spec, domains, label) ?? healthy('Quorum', `${counted}, in ${domains.length} domains of ${label}`);
}

interface Domain {
  readonly name: string;
  readonly count: number;
}

/** Why the members stand too close together; undefined when they do not. */
function spreadFault(spec: Quorum, domains: readonly Domain[], label: string): Verdict | undefined {
  const listed = domains.map(({ name, count }) => `${name} (${count})`).join(', ');
  if (spec.minDomains !== undefined) {
    if (domains.length >= spec.minDomains) return undefined;
    return degraded('TooFewDomains', `expected members in ${spec.minDomains} domains of ${label}, found ${listed}`);
  }
  const bearable = spec.members - majorityOf(spec.members);
  const fatal = domains.find(({ count }) => count > bearable);
  if (fatal === undefined) return undefined;
  return degraded(
    'LostWithOneDomain',
    `${spec.members} members bear the loss of ${bearable}, and ${label} ${fatal.name} alone holds ${fatal.count}: ${listed}; spread them, or write minDomains or spreadOver: host`,
  );
}

async function look(ctx: CheckContext, spec: Quorum): Promise<Verdict> {
  const namespace = spec.namespace ?? ctx.namespace;
  const pods = await podsWith(ctx, spec.podSelector, namespace);
  const over = spec.spreadOver ?? 'zone';
  const domains = over === 'none' ? new Map<string, string>() : await domainsOf(ctx, domainLabels.get(over) ?? over);
  const found = pods.map((pod) => ({ pod, domain: domains.get(textAt(pod, 'spec', 'nodeName') ?? '') }));
  return judgeQuorum(spec, found, namespace);
}

/** Node → its failure domain. */
async function domainsOf(ctx: CheckContext, label: string): Promise<ReadonlyMap<string, string>> {
  const { items } = await ctx.kube.list({ apiVersion: 'v1', kind: 'Node' }, { signal: ctx.signal });
  return new Map(
    items.flatMap(({ metadata }) => {
      const domain = metadata.labels?.[label];
      return domain === undefined ? [] : [[metadata.name, domain] as const];
    }),
  );
}

/** Check `quorum`: enough members are ready, and they do not fall together. */
export const quorum: HealthCheck<Quorum> = {
  type: 'quorum',
  spec: Quorum,
  objectsOnly: true,
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
