import { z } from 'zod';
import type { JsonObject } from '../../../src/model/json.ts';
import { tierNames } from '../../../src/model/tiers.ts';
import type { PlanLanguage } from '../../../src/plan/language.ts';

/** A small language: the shapes of real drivers and checks without their rules of the world. */
export const fakeLanguage: PlanLanguage = {
  drivers: {
    velero: {
      tiers: tierNames,
      spec: z.strictObject({
        includedResources: z.array(z.string()).optional(),
        mode: z.enum(['fast', 'careful']).optional(),
      }),
      refuses: (tier: string, spec: JsonObject) =>
        ['databases', 'queues', 'applications', 'ingress'].includes(tier) && spec['includedResources'] === undefined
          ? `an unfiltered velero step in tier ${tier} would restore everything; name includedResources`
          : undefined,
    },
    manifests: { tiers: ['namespaces', 'crds', 'operators'], spec: z.strictObject({ path: z.string() }) },
  },
  checks: {
    exec: {
      spec: z.strictObject({
        command: z.array(z.string()).min(1),
        port: z.union([z.int(), z.string()]).optional(),
        expect: z.strictObject({ atLeast: z.number() }).optional(),
      }),
      expectsData: (spec: JsonObject) => spec['expect'] !== undefined,
    },
    resourceExists: { spec: z.strictObject({ kind: z.string(), name: z.string() }) },
  },
  expressionFault: (text) => (text.includes('nonsense') ? `found ${JSON.stringify(text)}; it is nonsense` : undefined),
};
