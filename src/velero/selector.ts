import { z } from 'zod';

const Expression = z.strictObject({
  key: z.string().min(1).describe('Label key.'),
  operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label is compared.'),
  values: z.array(z.string()).optional().describe('The values, for In and NotIn.'),
});

/** A label selector as Kubernetes writes it. */
export const LabelSelector = z
  .strictObject({
    matchLabels: z
      .record(z.string(), z.string())
      .optional()
      .describe('Labels that must all be there with these values.'),
    matchExpressions: z.array(Expression).optional().describe('Conditions that must all hold.'),
  })
  .refine(
    (selector) => Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) > 0,
    'an empty selector selects everything: write matchLabels or matchExpressions',
  );
export type LabelSelector = z.output<typeof LabelSelector>;

type Labels = { readonly [key: string]: string };

/** Whether labels satisfy a selector. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every((expression) => holds(expression, labels));
}

function holds(expression: z.output<typeof Expression>, labels: Labels): boolean {
  const value = labels[expression.key];
  switch (expression.operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && (expression.values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(expression.values ?? []).includes(value);
  }
}
