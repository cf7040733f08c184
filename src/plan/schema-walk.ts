import { z } from 'zod';
import type { PlanPath } from './language.ts';

/** The schemas that apply at a path, the outermost wrapper first: a union has several. */
export function schemasAt(schema: z.core.$ZodType, path: PlanPath): z.core.$ZodType[] {
  const [part, ...rest] = path;
  const layers = unwrapped(schema);
  if (part === undefined) return layers;
  return layers.flatMap((layer) => childrenOf(layer, part)).flatMap((child) => schemasAt(child, rest));
}

/** The keys that a mapping may have at a path; empty when any may stand there. */
export function keysAt(schema: z.core.$ZodType, path: PlanPath): string[] {
  const keys = schemasAt(schema, path).flatMap((layer) =>
    layer instanceof z.ZodObject ? Object.keys(layer.shape) : [],
  );
  return [...new Set(keys)];
}

/** The description nearest to the outside at a path. */
export function descriptionAt(schema: z.core.$ZodType, path: PlanPath): string | undefined {
  for (const layer of schemasAt(schema, path)) {
    const description = z.globalRegistry.get(layer)?.description;
    if (description !== undefined) return description;
  }
  return undefined;
}

/** A schema with everything that it wraps: optional, default, transforms, unions. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType[] {
  return [schema, ...innerOf(schema).flatMap(unwrapped)];
}

function innerOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return [schema.in];
  if (schema instanceof z.ZodUnion) return schema.options;
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right];
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodNonOptional
  ) {
    return [schema.def.innerType];
  }
  return [];
}

function childrenOf(schema: z.core.$ZodType, part: string | number): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodObject) {
    const child: unknown = Object.hasOwn(schema.shape, part) ? schema.shape[part] : undefined;
    return child instanceof z.ZodType ? [child] : [];
  }
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  return [];
}
