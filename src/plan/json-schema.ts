import { z } from 'zod';
import type { PlanLanguage } from './language.ts';
import { planFile } from './schema.ts';

/** A part of a JSON schema. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What editors complete a plan from: made from the schema that validates it. */
export function planJsonSchema(language: PlanLanguage): JsonSchema {
  return z.toJSONSchema(planFile(language), {
    io: 'input',
    unrepresentable: 'any',
    target: 'draft-7',
    override: ({ jsonSchema }) => allowNothing(jsonSchema),
  });
}

/** `anyOf: [X, null]` makes an editor speak of null in every error below it: `type: [x, null]` says the same. */
function allowNothing(schema: JsonSchema): void {
  const [value, nothing, more] = schema.anyOf ?? [];
  if (
    !isSchema(value) ||
    !isSchema(nothing) ||
    nothing.type !== 'null' ||
    value.type === undefined ||
    more !== undefined
  )
    return;
  delete schema.anyOf;
  const about = schema.description ?? value.description;
  Object.assign(schema, value, { type: [value.type, 'null'], ...(about === undefined ? {} : { description: about }) });
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The text of `plans/plan.schema.json`. */
export function planJsonSchemaText(language: PlanLanguage): string {
  return `${JSON.stringify(planJsonSchema(language), null, 2)}\n`;
}
