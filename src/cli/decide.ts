/** Sends a decision of a person into a run, as a Temporal Update. */
import { randomUUID } from 'node:crypto';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowHandle,
} from '@temporalio/client';
import { doesAnswer, goneAway, type Temporal } from '../temporal.ts';
import { CliError, sentenceOf } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { findRun } from './runs.ts';
import { withTemporal } from './session.ts';

/** What is said of a decision that counts only after a while. Throws a CliError where it comes not to count. */
export type Settle = (temporal: Temporal, handle: WorkflowHandle, updateId: string) => Promise<string>;

export interface DecisionOptions {
  /** Workflow id or recovery id; default: the only open run. */
  readonly run: string | undefined;
  readonly update: string;
  readonly input: (user: string) => object;
  /** Said when the run has taken it. */
  readonly taken: string | Settle;
  readonly output: string;
}

const answerTimeoutMs = 15_000;

/** Sends it and waits until the run has taken or refused it. A refusal is the run's own sentence, exit code 2. */
export function decide(options: DecisionOptions): Promise<number> {
  return withTemporal(async ({ config, output, temporal }) => {
    const handle = await findRun(temporal.client, options.run);
    const input = options.input(config.user);
    const updateId = randomUUID();
    await sendDecision(temporal, handle, options.update, input, updateId);
    const { taken } = options;
    const said = typeof taken === 'string' ? taken : await taken(temporal, handle, updateId);
    if (options.output === 'json')
      output.result(JSON.stringify({ workflowId: handle.workflowId, update: options.update, input }));
    else
      output.result(`${said} (workflow ${handle.workflowId}); watch it: rekindle status ${handle.workflowId} --follow`);
    return exitCodes.recovered;
  });
}

/** Sends one Update, and gives up when no worker takes it, or Temporal is away. Throws a CliError with the run's own sentence. */
export async function sendDecision(
  temporal: Temporal,
  handle: WorkflowHandle,
  update: string,
  input: object,
  updateId: string = randomUUID(),
): Promise<void> {
  try {
    await temporal.client.withDeadline(Date.now() + answerTimeoutMs, () => send(handle, update, input, updateId));
  } catch (error) {
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    if (!(await doesAnswer(temporal))) throw goneAway(temporal);
    throw new CliError(
      `no worker took the decision within ${answerTimeoutMs / 1000} s: is one running (\`rekindle worker\`)?`,
      exitCodes.unavailable,
    );
  }
}

async function send(handle: WorkflowHandle, update: string, input: object, updateId: string): Promise<void> {
  try {
    await handle.executeUpdate(update, { args: [input], updateId });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      throw new CliError(`${update} was refused: ${sentenceOf(error.cause ?? error)}`);
    if (error instanceof WorkflowNotFoundError)
      throw new CliError(`${handle.workflowId} has ended: \`rekindle report ${handle.workflowId}\` shows how`);
    throw error;
  }
}
