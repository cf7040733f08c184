import { z } from 'zod';
import { LabelSelector } from './selector.ts';
import { NamespacePattern } from './spec-words.ts';

const Pointer = z.string().startsWith('/', 'a path is a JSON pointer, like /spec/replicas');

/** Objects that a rename would hide from the accounting: it looks for them under their names. */
const namePaths: readonly string[] = ['/metadata/name', '/metadata/namespace'];

const JsonPatch = z.strictObject({
  operation: z.enum(['add', 'remove', 'replace', 'test', 'move', 'copy']).describe('As in JSON Patch.'),
  path: Pointer.refine(
    (path) => !namePaths.includes(path) && path !== '/metadata',
    'an object keeps its name: to restore into another namespace write namespaceMapping',
  ).describe('Where, as a JSON pointer.'),
  from: Pointer.optional().describe('For move and copy.'),
  value: z
    .string()
    .optional()
    .describe(
      'The value as a text. Velero reads numbers, true, false, null, {…} and […] as JSON; in quotes they stay texts.',
    ),
});

const PatchData = z.strictObject({
  patchData: z
    .record(z.string(), z.json())
    .refine(
      ({ metadata }) =>
        !(typeof metadata === 'object' && metadata !== null && ('name' in metadata || 'namespace' in metadata)),
      'an object keeps its name: to restore into another namespace write namespaceMapping',
    )
    .describe('The fields to merge in; null removes one.'),
});

const Conditions = z.strictObject({
  groupResource: z
    .string()
    .regex(/^[a-z0-9*?][a-z0-9.*?-]*$/, 'a kind as plural.group, like deployments.apps; * stands for one part')
    .describe('Which kind: plural.group; a pattern may stand here.'),
  namespaces: z.array(NamespacePattern).min(1).optional().describe('Namespaces in the Backup, before any mapping.'),
  resourceNameRegex: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("A regular expression for names, in Go's language."),
  labelSelector: LabelSelector.optional().describe('Only objects with these labels.'),
  matches: z
    .array(
      z.strictObject({
        path: Pointer.describe('A JSON pointer.'),
        value: z.string().describe('What must stand there.'),
      }),
    )
    .min(1)
    .optional()
    .describe('Only objects that have these values.'),
});

/** One rule of Velero's resource modifiers. 1.18.3, internal/resourcemodifiers. */
export const ModifierRule = z
  .strictObject({
    conditions: Conditions.describe('Which objects.'),
    patches: z.array(JsonPatch).min(1).optional().describe('JSON patches.'),
    mergePatches: z.array(PatchData).min(1).optional().describe('JSON merge patches.'),
    strategicPatches: z.array(PatchData).min(1).optional().describe('Strategic merge patches, for built-in kinds.'),
  })
  .refine(
    (rule) => [rule.patches, rule.mergePatches, rule.strategicPatches].filter(Boolean).length === 1,
    'write exactly one of patches, mergePatches and strategicPatches',
  );
export type ModifierRule = z.output<typeof ModifierRule>;
