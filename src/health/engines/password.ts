import { z } from 'zod';
import { textAt } from '../../kube/read.ts';
import { degraded, missing, type Verdict } from '../../model/verdict.ts';
import type { CheckContext } from '../check.ts';
import { podName, runIn, type ExecPlace, type Ran } from '../check-exec.ts';
import { ObjectName } from '../check-words.ts';

const VariableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, {
  error: 'a variable is written as its name alone, as PGPASSWORD, without $',
});

const SecretKey = z
  .string()
  .regex(/^[-._A-Za-z0-9]{1,253}$/, { error: 'a key of a Secret is letters, digits, hyphens, underscores and dots' });

/** Where an engine's password comes from; the password itself never stands in a plan. */
export const Password = z
  .strictObject({
    env: VariableName.optional().describe('The name of a variable that the container has.'),
    secretName: ObjectName.optional().describe("A Secret of the pod's namespace, read by the worker."),
    key: SecretKey.optional().describe('The key of that Secret.'),
  })
  .refine(
    ({ env, secretName, key }) =>
      env === undefined ? secretName !== undefined && key !== undefined : secretName === undefined && key === undefined,
    { error: 'write {env: NAME} for a variable of the container, or {secretName: …, key: …} for a Secret' },
  )
  .describe(
    'Where the password comes from; without it the engine must trust its own socket. It needs a shell (`sh`) in the ' +
      'container, since it is handed over as a variable of the client: an argument would stand in audit logs.',
  );
export type Password = z.infer<typeof Password>;

/**
 * The scripts are constants and take everything as positional parameters: $1 is the variable that the client reads. They
 * end with 65 where there is no password, and become the client otherwise, so that its exit code is theirs.
 */
const fromVariable = `case $2 in ''|[0-9]*|*[!A-Za-z0-9_]*) exit 65 ;; esac
eval "value=\\$$2"
[ -n "$value" ] || exit 65
export "$1=$value"
shift 2
exec "$@"`;
const fromStdin = `IFS= read -r value || exit 65
[ -n "$value" ] || exit 65
export "$1=$value"
shift
exec "$@"`;
const noPassword = 65;

/** Runs an engine's client in its pod. */
export type Ask = (command: readonly string[]) => Promise<Ran>;

/** A way to ask, or why there is none. `variable` is the one from which the client takes its password. */
export async function askWith(
  ctx: CheckContext,
  place: ExecPlace,
  password: Password | undefined,
  variable: string,
): Promise<{ readonly ask: Ask } | { readonly verdict: Verdict }> {
  if (password === undefined) return { ask: (command) => runIn(ctx, place, command) };
  const { env } = password;
  if (env !== undefined)
    return {
      ask: async (command) => {
        const ran = await runIn(ctx, place, ['sh', '-c', fromVariable, 'sh', variable, env, ...command]);
        return explained(ran, place, command, `has no variable ${env}, or an empty one; name one of its own`);
      },
    };
  const read = await readPassword(ctx, place, password);
  if ('verdict' in read) return read;
  return {
    ask: async (command) => {
      const ran = await runIn(ctx, place, ['sh', '-c', fromStdin, 'sh', variable, ...command], `${read.value}\n`);
      return explained(ran, place, command, 'did not get the password by its standard input');
    },
  };
}

async function readPassword(
  ctx: CheckContext,
  { pod }: ExecPlace,
  { secretName = '', key = '' }: Password,
): Promise<{ readonly value: string } | { readonly verdict: Verdict }> {
  const namespace = pod.metadata.namespace ?? ctx.namespace;
  const ref = { apiVersion: 'v1', kind: 'Secret', namespace, name: secretName };
  const secret = await ctx.kube.get(ref, { signal: ctx.signal });
  if (secret === undefined) return { verdict: missing('NoSecret', `Secret ${namespace}/${secretName} is not there`) };
  const encoded = textAt(secret, 'data', key);
  if (encoded === undefined)
    return { verdict: missing('NoSecretKey', `Secret ${namespace}/${secretName} has no key ${key}`) };
  // `echo password | base64` leaves a newline that nobody meant.
  const value = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (value === '' || /[\r\n\0]/.test(value)) {
    const what = value === '' ? 'is empty' : 'has more than one line';
    return {
      verdict: degraded('NoPassword', `key ${key} of Secret ${namespace}/${secretName} ${what}; it is no password`),
    };
  }
  return { value };
}

/** What the shell around the client says in the client's stead. */
function explained(ran: Ran, place: ExecPlace, [program = '']: readonly string[], lack: string): Ran {
  const where = `container ${place.container ?? ''} of ${podName(place.pod)}`;
  if ('verdict' in ran) {
    if (ran.verdict.reason !== 'CommandNotFound') return ran;
    const text = `${where} has no shell (sh), without which no password can be handed over; leave password out and let the engine trust its own socket`;
    return { verdict: degraded('NoShell', text) };
  }
  if (ran.result.exitCode === noPassword) return { verdict: degraded('NoPassword', `${where} ${lack}`) };
  if (ran.result.exitCode === 127) return { verdict: noProgram(program, place) };
  if (ran.result.exitCode === 126)
    return { verdict: degraded('CommandNotExecutable', `${program} may not be executed in ${podName(place.pod)}`) };
  return ran;
}

function noProgram(program: string, place: ExecPlace): Verdict {
  return degraded('CommandNotFound', `there is no program ${program} in ${podName(place.pod)}`);
}
