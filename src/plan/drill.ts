import { z } from 'zod';
import { longestKeepForMs } from '../model/drill.ts';
import type { DrillSettings } from '../model/plan.ts';
import { durationBetween } from './duration.ts';
import { isRaw, rawAt } from './entries.ts';
import type { Fault } from './language.ts';
import { inMapping, show } from './words.ts';

/** How long a clean-up may take unless the plan says otherwise. */
const cleanUpDefault = { text: '15m', ms: 15 * 60_000 } as const;

/** The section `drill` of a plan. */
export const DrillSection = z.strictObject(
  {
    cluster: z
      .string()
      .regex(/^\S{1,253}$/, {
        error: (issue) => `found ${show(issue.input)}; write the name of a kubeconfig context, without spaces`,
      })
      .describe('Context of the kubeconfig that the worker has: the cluster to rehearse on, never the site’s own.'),
    keepFor: durationBetween(0, longestKeepForMs)
      .optional()
      .describe('How long the drill stands for people to look at before it is cleaned up. Default 0s: not at all.'),
    cleanUpTimeout: durationBetween(10_000, 86_400_000)
      .optional()
      .describe(`How long the clean-up may take until it says what is left. Default ${cleanUpDefault.text}.`),
  },
  { error: inMapping('cluster') },
);

/** The section with its defaults filled in. Pure. */
export function drillOf({ cluster, keepFor, cleanUpTimeout }: z.output<typeof DrillSection>): DrillSettings {
  return {
    cluster,
    ...(keepFor === undefined ? {} : { keepForMs: keepFor }),
    cleanUpMs: cleanUpTimeout ?? cleanUpDefault.ms,
  };
}

/** A drill is somewhere else. Two names of one cluster are told by its UID when the drill starts. */
export function drillFaults(plan: unknown): Fault[] {
  const drill = rawAt(plan, ['spec', 'drill']);
  const cluster = rawAt(plan, ['spec', 'cluster']);
  if (!isRaw(drill) || typeof cluster !== 'string' || drill['cluster'] !== cluster) return [];
  const message = `found ${show(cluster)}, which is the site's own cluster; a drill needs another one`;
  return [{ path: ['spec', 'drill', 'cluster'], message }];
}
