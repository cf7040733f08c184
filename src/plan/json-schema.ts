import { z } from 'zod';
import type { PlanLanguage } from './language.ts';
import { planFile } from './schema.ts';

/** A part of a JSON schema. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What editors complete a plan from: made from the schema that validates it. */
export function planJsonSchema(language: PlanLanguage): JsonSchema {
  return z.toJSONSchema(planFile(language), { io: 'input', unrepresentable: 'any', target: 'draft-7' });
}

/** The text of `plans/plan.schema.json`. */
export function planJsonSchemaText(language: PlanLanguage): string {
  return `${JSON.stringify(planJsonSchema(language), null, 2)}\n`;
}
