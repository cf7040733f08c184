import { isRecord, listAt, valueAt } from '../kube/read.ts';
import { mapAt, textAt, textsAt } from '../velero/fields.ts';
import { type LabelSelector, selects } from '../velero/selector.ts';
import type { Survey } from './survey.ts';

type Labels = { readonly [key: string]: string };

/** Whether labels satisfy a raw label selector; an absent or empty one selects everything. */
export function selectsRaw(selector: unknown, labels: Labels): boolean {
  if (!isRecord(selector)) return true;
  return selects({ matchLabels: mapAt(selector, 'matchLabels'), matchExpressions: expressionsOf(selector) }, labels);
}

const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function expressionsOf(selector: unknown): NonNullable<LabelSelector['matchExpressions']> {
  return listAt(selector, 'matchExpressions').flatMap((expression) => {
    const key = textAt(expression, 'key');
    const operator = operators.find((one) => one === valueAt(expression, 'operator'));
    return key && operator ? [{ key, operator, values: [...textsAt(expression, 'values')] }] : [];
  });
}

/** The labels that a namespace has, or will have from the Backup. */
export function namespaceLabels({ live, objects }: Survey, name: string): Labels {
  const there = live.namespaces.find(({ metadata }) => metadata.name === name)?.metadata.labels;
  const backedUp = objects.find(({ at }) => at.resource === 'namespaces' && at.name === name)?.item.labels;
  return { ...(there ?? backedUp), 'kubernetes.io/metadata.name': name };
}
