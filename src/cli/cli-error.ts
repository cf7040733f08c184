import { exitCodes, type ExitCode } from './exit-codes.ts';

/** Ends a command with one sentence on standard error and an exit code. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = exitCodes.wrongInput) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The sentence for an error, whatever was thrown: its first line, never a stack. */
export function sentenceOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n')[0] ?? text;
}
