import type { Ran } from '../check-exec.ts';
import type { Ask } from './password.ts';

/**
 * For clients that take their time: a JVM, an Erlang machine, a JavaScript shell, started anew for each question. The
 * default limit of an attempt is too short for a few of them on a busy node, and the operator should be told so.
 */
export function slowly(ask: Ask, why: string): Ask {
  return async (command) => explained(await ask(command), why);
}

function explained(ran: Ran, why: string): Ran {
  if (!('verdict' in ran) || ran.verdict.reason !== 'AttemptTimeout') return ran;
  return { verdict: { ...ran.verdict, message: `${ran.verdict.message}: ${why}` } };
}
