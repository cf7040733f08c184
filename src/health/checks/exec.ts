import { z } from 'zod';
import type { ExecResult } from '../../kube/types.ts';
import { degraded, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { execNeeds } from '../check-needs.ts';
import { withVerdict } from '../check-errors.ts';
import { placeIn, runIn } from '../check-exec.ts';
import { expectKeys, hasFittingBounds, judgeOutput, noNumberFits, refusesEmpty } from '../check-expect.ts';
import { choosePod } from '../check-pods.ts';
import { Label, LabelMap, Namespace, ObjectName } from '../check-words.ts';

const Expect = z
  .strictObject({
    exitCode: z.int().min(0).max(255).optional().describe('Exit code of the command. Default 0.'),
    ...expectKeys,
  })
  .refine(hasFittingBounds, { error: noNumberFits });

const Exec = z
  .strictObject({
    pod: ObjectName.optional().describe('One pod by name.'),
    podSelector: LabelMap.optional().describe('Labels of the pods; a ready one is asked, else one that runs.'),
    namespace: Namespace,
    container: Label.optional().describe("Default: the pod's default container."),
    command: z
      .array(z.string().max(8192))
      .min(1)
      .max(64)
      .refine((argv) => argv[0] !== '', { error: 'found an empty command; its first entry is the program' })
      .describe('Program and arguments. There is no shell: for variables or pipes write `[sh, -c, "…"]`.'),
    expect: Expect.optional().describe(
      'What the command must say (its standard output). Default: it ends with exit code 0.',
    ),
  })
  .refine((spec) => (spec.pod === undefined) !== (spec.podSelector === undefined), {
    error: 'write one of pod and podSelector, to say in which pod the command runs',
  })
  .describe('A command in a container ends as expected. Its output is matched in the worker and kept nowhere.');
type Exec = z.infer<typeof Exec>;

/** Judges what a command did; pure. The message never holds its output. */
export function judgeExec(spec: Exec, result: ExecResult): Verdict {
  const wanted = spec.expect?.exitCode ?? 0;
  if (result.exitCode !== wanted)
    return degraded('ExitCode', `expected exit code ${wanted}, the command ended with ${result.exitCode}`);
  return judgeOutput(spec.expect ?? {}, result.stdout, result.cut);
}

async function look(ctx: CheckContext, spec: Exec): Promise<Verdict> {
  const chosen = await choosePod(ctx, spec);
  if ('verdict' in chosen) return chosen.verdict;
  const found = placeIn(chosen.pod, spec.container);
  if ('verdict' in found) return found.verdict;
  const ran = await runIn(ctx, found.place, spec.command);
  return 'verdict' in ran ? ran.verdict : judgeExec(spec, ran.result);
}

/** Check `exec`: a command in a container ends as expected. */
export const exec: HealthCheck<Exec> = {
  type: 'exec',
  spec: Exec,
  expectsData: (spec) => refusesEmpty(spec.expect),
  needs: execNeeds,
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
