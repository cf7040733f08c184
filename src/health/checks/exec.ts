import { z } from 'zod';
import { KubeError } from '../../kube/error.ts';
import { textAt } from '../../kube/read.ts';
import type { ExecResult, KubeObject } from '../../kube/types.ts';
import { degraded, healthy, refText, unknown, type Verdict } from '../../model/verdict.ts';
import type { CheckContext, HealthCheck } from '../check.ts';
import { attemptLimitMs, verdictOfError, withVerdict } from '../check-errors.ts';
import { matchesPattern, Pattern } from '../check-pattern.ts';
import { choosePod, containersOf } from '../check-pods.ts';
import { Label, LabelMap, Namespace, ObjectName } from '../check-words.ts';

/** As much of the output is looked at; a check should print one value, not a table. */
const outputLimitBytes = 64 * 1024;

const Expect = z
  .strictObject({
    exitCode: z.int().min(0).max(255).optional().describe('Exit code of the command. Default 0.'),
    equals: z.string().optional().describe('The output is this, white space at its ends aside.'),
    contains: z.string().min(1).optional().describe('The output holds this text.'),
    matches: Pattern.optional().describe(
      'The output matches this regular expression (JavaScript; `^` and `$` are the ends of a line).',
    ),
    atLeast: z.number().optional().describe('The output is one number, not below this one.'),
    atMost: z.number().optional().describe('The output is one number, not above this one.'),
  })
  .refine((expect) => expect.atLeast === undefined || expect.atMost === undefined || expect.atLeast <= expect.atMost, {
    error: 'found atLeast above atMost; no number fits between them',
  });
type Expect = z.infer<typeof Expect>;

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

/**
 * Whether an expectation asserts data: neither no output nor a 0 may meet it, since that is what an empty table answers.
 * So `atLeast: 0`, `atMost: 5` alone and `matches: '\d+'` assert nothing.
 */
export function refusesEmpty(expect: Expect | undefined): boolean {
  return expect !== undefined && ['', '0'].every((output) => judgeOutput(expect, output, false).verdict !== 'Healthy');
}

/** Judges what a command did; pure. The message never holds its output. */
export function judgeExec(spec: Exec, result: ExecResult): Verdict {
  const wanted = spec.expect?.exitCode ?? 0;
  if (result.exitCode !== wanted)
    return degraded('ExitCode', `expected exit code ${wanted}, the command ended with ${result.exitCode}`);
  return judgeOutput(spec.expect ?? {}, result.stdout, result.cut);
}

function judgeOutput(expect: Expect, stdout: string, isCut: boolean): Verdict {
  const output = stdout.trim();
  const faults = [
    expect.equals !== undefined && (isCut || output !== expect.equals.trim())
      ? 'the output is another one than expected'
      : '',
    expect.contains !== undefined && !output.includes(expect.contains)
      ? 'the output does not hold the expected text'
      : '',
    expect.matches === undefined ? '' : patternFault(expect.matches, output),
    numberFault(expect, output),
  ].filter((fault) => fault !== '');
  const [fault] = faults;
  if (fault === undefined) return healthy('AsExpected', 'the command ended as expected');
  if (isCut)
    return degraded(
      'OutputTooLong',
      `${fault}, looking at its first ${outputLimitBytes / 1024} KiB; let the command print less`,
    );
  return degraded('Unexpected', fault);
}

function patternFault(pattern: string, output: string): string {
  const isMatch = matchesPattern(pattern, output);
  if (isMatch === undefined) return 'the regular expression took too long over the output, write a simpler one';
  return isMatch ? '' : 'the output does not match the expected pattern';
}

function numberFault({ atLeast, atMost }: Expect, output: string): string {
  if (atLeast === undefined && atMost === undefined) return '';
  const wanted = [atLeast === undefined ? '' : `at least ${atLeast}`, atMost === undefined ? '' : `at most ${atMost}`]
    .filter((each) => each !== '')
    .join(' and ');
  if (!/^[+-]?\d+(?:\.\d+)?$/.test(output))
    return `expected a number, ${wanted}, the output is ${output === '' ? 'empty' : 'not one number'}`;
  const value = Number(output);
  if (atLeast !== undefined && value < atLeast) return `expected ${wanted}, the output is a number below it`;
  return atMost !== undefined && value > atMost ? `expected ${wanted}, the output is a number above it` : '';
}

async function look(ctx: CheckContext, spec: Exec): Promise<Verdict> {
  const chosen = await choosePod(ctx, spec);
  if ('verdict' in chosen) return chosen.verdict;
  const { pod } = chosen;
  const names = containersOf(pod);
  if (spec.container !== undefined && !names.includes(spec.container)) {
    return degraded(
      'NoSuchContainer',
      `${podName(pod)} has no container ${spec.container}; it has ${names.join(', ')}`,
    );
  }
  const container = spec.container ?? defaultContainer(pod, names);
  try {
    const result = await ctx.kube.exec({
      namespace: pod.metadata.namespace ?? ctx.namespace,
      pod: pod.metadata.name,
      ...(container === undefined ? {} : { container }),
      command: spec.command,
      maxOutputBytes: outputLimitBytes,
      signal: ctx.signal,
      timeoutMs: attemptLimitMs,
    });
    return judgeExec(spec, result);
  } catch (error) {
    if (error instanceof KubeError) return verdictOfExecError(error, podName(pod), spec.command[0] ?? '');
    throw error;
  }
}

/** Errors of exec in words of the plan. */
function verdictOfExecError(error: KubeError, pod: string, program: string): Verdict {
  switch (error.reason) {
    case 'CommandNotFound':
      return degraded('CommandNotFound', `there is no program ${program} in ${pod}`);
    case 'CommandNotExecutable':
      return degraded('CommandNotExecutable', `${program} may not be executed in ${pod}`);
    case 'Aborted':
    case 'Timeout':
      return unknown('AttemptTimeout', `the command did not end within the attempt's time limit in ${pod}`);
    default:
      return verdictOfError(error);
  }
}

/** As kubectl chooses: the annotation that names it, else the first. */
function defaultContainer(pod: KubeObject, names: readonly string[]): string | undefined {
  const named = textAt(pod, 'metadata', 'annotations', 'kubectl.kubernetes.io/default-container');
  return named !== undefined && names.includes(named) ? named : names[0];
}

function podName(pod: KubeObject): string {
  return refText({
    kind: 'Pod',
    name: pod.metadata.name,
    ...(pod.metadata.namespace === undefined ? {} : { namespace: pod.metadata.namespace }),
  });
}

/** Check `exec`: a command in a container ends as expected. */
export const exec: HealthCheck<Exec> = {
  type: 'exec',
  spec: Exec,
  expectsData: (spec) => refusesEmpty(spec.expect),
  observe: (ctx, spec) => withVerdict(() => look(ctx, spec)),
};
