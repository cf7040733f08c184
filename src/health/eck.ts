import type { KubeObject } from '../kube/types.ts';
import { degraded, healthy, progressing, suspended, type Verdict } from '../model/verdict.ts';
import type { KindRule } from './assess.ts';
import { withEnginePods } from './engine-pods.ts';
import { fieldsAt, hasStatusContent, numberAt, textAt } from './read.ts';
import { podNeeds } from './workload.ts';

/**
 * What a person told the operator to leave alone: `eck.k8s.elastic.co/pause-orchestration` (since 3.5), before it
 * `eck.k8s.elastic.co/managed: "false"`, before that `common.k8s.elastic.co/pause`. Source: ECK 3.5,
 * pkg/controller/common/unmanaged.go, pkg/apis/common/v1/common.go.
 */
export function eckAside(object: KubeObject): Verdict | undefined {
  const annotations = object.metadata.annotations ?? {};
  const found = [
    ['eck.k8s.elastic.co/pause-orchestration', 'true'],
    ['eck.k8s.elastic.co/managed', 'false'],
    ['common.k8s.elastic.co/pause', 'true'],
  ].find(([name = '', value]) => annotations[name] === value);
  return found === undefined
    ? undefined
    : suspended('OrchestrationPaused', `its operator leaves it alone: annotation ${found.join(' is ')}`);
}

/** Links to other Elastic resources: each `Established`. A failed one is tried again. Source: ECK 3.5, pkg/apis/common/v1/association.go. */
function associations(object: KubeObject): Verdict | undefined {
  const links = Object.entries(fieldsAt(object, 'status')).flatMap(([field, value]): [string, unknown][] => {
    if (/AssociationStatus$/iu.test(field) && typeof value === 'string') return [[field, value]];
    return /Associations?Status$/iu.test(field) ? Object.entries(fieldsAt(value)) : [];
  });
  const open = links.filter(([, state]) => state !== 'Established' && state !== '');
  const [first] = open.toSorted((a, b) => Number(b[1] === 'Failed') - Number(a[1] === 'Failed'));
  if (first === undefined) return undefined;
  const message = `${first[0]} is ${String(first[1])}`;
  return first[1] === 'Failed' ? degraded('AssociationFailed', message) : progressing('AssociationPending', message);
}

/**
 * The verdict of what ECK runs without data of its own: health green, all instances available, all links established. Red is
 * how each of them begins, so it is on its way until its pods say otherwise. Source: ECK 3.5, pkg/apis/common/v1/common.go
 * DeploymentStatus, pkg/controller/common/status.go; `expectedNodes` of Beat, Agent, Logstash in their own types.
 */
function judge(object: KubeObject): Verdict {
  if (!hasStatusContent(object)) return progressing('NoStatus', 'its operator has not reported on it yet');
  const expected = numberAt(object, 'status', 'expectedNodes');
  const wanted = Math.max(numberAt(object, 'spec', 'count') ?? 0, expected ?? 0);
  const available = numberAt(object, 'status', 'availableNodes') ?? 0;
  const health = textAt(object, 'status', 'health');
  const counts = `${available} of ${wanted} instances available, health ${health ?? 'not told'}`;
  const link = associations(object);
  if (link !== undefined) return { ...link, message: `${link.message}, ${counts}` };
  if (available < wanted) return progressing('LessAvailable', counts);
  if (health === 'green') return healthy('Green', counts);
  const reasons: { readonly [word: string]: string } = { red: 'Red', yellow: 'Yellow' };
  return progressing(reasons[health ?? ''] ?? 'UnknownHealth', counts);
}

/** The rule of such a kind; its pods carry the label `<group>/name`. */
export function eckRule(group: string, kind: string): KindRule {
  return {
    group,
    kind,
    needs: podNeeds,
    aside: (object) =>
      eckAside(object) ??
      (numberAt(object, 'spec', 'count') === 0
        ? suspended('ScaledToZero', 'wants no instances: spec.count is 0')
        : undefined),
    assess: (object, related, now) =>
      withEnginePods(judge(object), object, related, now, { [`${group}/name`]: object.metadata.name }),
  };
}
