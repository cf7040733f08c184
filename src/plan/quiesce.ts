import { z } from 'zod';
import { type QuiesceKindName, quiesceKindNames, type QuiesceSelector, type QuiesceTarget } from '../model/quiesce.ts';
import { isRaw } from './entries.ts';
import { inMapping, nearest, plain, show } from './words.ts';

/** Where the objects of a kind are, that are not in their site's own namespaces. */
export const homes = {
  Application: 'argocd',
  Kustomization: 'flux-system',
  RecurringJob: 'longhorn-system',
} as const satisfies { readonly [K in QuiesceKindName]?: string };

const named = (pattern: RegExp, allowed: string) =>
  z.string().regex(pattern, { error: (issue) => `found ${show(issue.input)}; ${allowed}` });

const ObjectName = named(
  /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
  'a name is 1 to 253 lower-case letters, digits, hyphens and dots, beginning and ending with a letter or digit',
);

const NamespaceName = named(
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  'a namespace is 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit',
);

/** For a label without a key. */
export const emptyKey = 'found an empty key; write the key of a label, as app';

/** Labels that were written without `matchLabels` around them. */
function bareLabels({ code, input }: { readonly code?: string; readonly input?: unknown }): string | undefined {
  if (code !== 'unrecognized_keys' || !isRaw(input)) return undefined;
  const known = ['matchLabels', 'matchExpressions'];
  const labels = Object.entries(input).filter(([key]) => !known.includes(key));
  const areBare = labels.every(
    ([key, value]) => nearest(key, known) === undefined && value !== null && typeof value !== 'object',
  );
  const pairs = labels.map(([key, value]) => `${plain(key)}: ${plain(String(value))}`);
  return areBare ? `found a label on its own; write matchLabels: { ${pairs.join(', ')} }` : undefined;
}

const Selector = z.strictObject(
  {
    matchLabels: z
      .record(z.string(), z.string())
      .optional()
      .describe('Labels that must all be there with these values.'),
    matchExpressions: z
      .array(
        z.strictObject({
          key: z.string().min(1, { error: emptyKey }).describe('Label key.'),
          operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']).describe('How the label is compared.'),
          values: z.array(z.string()).optional().describe('The values, for In and NotIn.'),
        }),
      )
      .optional()
      .describe('Conditions that must all hold.'),
  },
  { error: bareLabels },
);

/** One entry of `quiesce`. */
export const QuiesceEntry = z.strictObject(
  {
    kind: z
      .enum(quiesceKindNames as readonly [QuiesceKindName, ...QuiesceKindName[]])
      .describe(
        'What is stopped. A Deployment or StatefulSet is scaled to 0, all others are suspended in their own way.',
      ),
    names: z
      .array(ObjectName)
      .min(1, { error: 'found an empty list; name at least one, or leave it out for all of them' })
      .optional()
      .describe('These alone. Without names and selector: all of the kind in the namespaces.'),
    selector: Selector.optional().describe('Those with these labels alone.'),
    namespaces: z
      .array(NamespaceName)
      .min(1, { error: 'found an empty list; name at least one namespace, or leave it out' })
      .optional()
      .describe(
        "Where they are. Default: the site's namespaces; for a Schedule Velero's, for an Application argocd, for a Kustomization flux-system, for a RecurringJob longhorn-system.",
      ),
    optional: z.boolean().optional().describe('Say nothing where a named one is not there. Default false.'),
  },
  { error: inMapping('kind') },
);

type Entry = z.output<typeof QuiesceEntry>;

interface Around {
  readonly namespaces: readonly string[];
  readonly veleroNamespace: string;
}

/** The entries with their namespaces filled in. */
export function resolveQuiesce(entries: readonly Entry[] | null | undefined, around: Around): readonly QuiesceTarget[] {
  return (entries ?? []).map(({ kind, names, selector, namespaces, optional }) => ({
    kind,
    namespaces: namespaces ?? homeOf(kind, around),
    ...(names ? { names } : {}),
    ...(selector ? { selector: selectorOf(selector) } : {}),
    optional: optional ?? false,
  }));
}

function homeOf(kind: QuiesceKindName, { namespaces, veleroNamespace }: Around): readonly string[] {
  if (kind === 'Schedule') return [veleroNamespace];
  const home = Object.entries(homes).find(([name]) => name === kind)?.[1];
  return home === undefined ? namespaces : [home];
}

function selectorOf({ matchLabels, matchExpressions }: NonNullable<Entry['selector']>): QuiesceSelector {
  return {
    ...(matchLabels ? { matchLabels } : {}),
    ...(matchExpressions
      ? {
          matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
            key,
            operator,
            ...(values ? { values } : {}),
          })),
        }
      : {}),
  };
}
