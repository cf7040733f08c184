/** The command line: finds the verb, loads its file alone, and turns every error into one sentence and an exit code. */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { CliError, sentenceOf } from './cli-error.ts';
import { exitCodeHelp, exitCodes } from './exit-codes.ts';

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const verbs: { readonly [name: string]: Verb } = {
  validate: { summary: 'check a plan, offline', load: async () => (await import('./validate.ts')).validateCommand() },
  preview: {
    summary: 'what a plan would restore, and what is in the way',
    load: async () => (await import('./preview.ts')).previewCommand(),
  },
  recover: {
    summary: 'restore a site by its plan, and follow it',
    load: async () => (await import('./recover.ts')).recoverCommand(),
  },
  status: {
    summary: 'where a recovery is, and why not yet',
    load: async () => (await import('./status.ts')).statusCommand(),
  },
  approve: { summary: 'let phase two begin', load: async () => (await import('./approve.ts')).approveCommand() },
  retry: { summary: 'try a held step again', load: async () => (await import('./retry.ts')).retryCommand() },
  skip: { summary: 'go on without a held step', load: async () => (await import('./skip.ts')).skipCommand() },
  'accept-errors': {
    summary: 'go on without what could not be restored',
    load: async () => (await import('./accept-errors.ts')).acceptErrorsCommand(),
  },
  pause: { summary: 'begin nothing new', load: async () => (await import('./pause.ts')).pauseCommand() },
  resume: {
    summary: 'go on with a paused, ended or lost recovery',
    load: async () => (await import('./resume.ts')).resumeCommand(),
  },
  abort: {
    summary: 'end a recovery; what was restored stays',
    load: async () => (await import('./abort.ts')).abortCommand(),
  },
  'put-back': {
    summary: 'start again what a lost run has quiesced',
    load: async () => (await import('./put-back.ts')).putBackCommand(),
  },
  'failover-drill': {
    summary: 'rehearse a plan on another cluster, and clean up',
    load: async () => (await import('./failover-drill.ts')).failoverDrillCommand(),
  },
  'clean-up': {
    summary: 'remove what a drill made: one that stands, or was terminated',
    load: async () => (await import('./clean-up.ts')).cleanUpCommand(),
  },
  report: { summary: 'the record of a recovery', load: async () => (await import('./report.ts')).reportCommand() },
  health: {
    summary: 'judge objects from a file, offline',
    load: async () => (await import('./health.ts')).healthCommand(),
  },
  record: {
    summary: 'what tables and keys hold now, to compare with later',
    load: async () => (await import('./record.ts')).recordCommand(),
  },
  worker: {
    summary: 'run a worker, which carries recoveries out',
    load: async () => (await import('./worker.ts')).workerCommand(),
  },
  runbooks: {
    summary: "each plan's links into Temporal's UI",
    load: async () => (await import('./runbooks.ts')).runbooksCommand(),
  },
  schedule: {
    summary: 'rehearse a plan by the clock, or by one click',
    load: async () => (await import('./schedule.ts')).scheduleCommand(),
  },
  drill: {
    summary: 'lose a real site on this machine and bring it back',
    load: async () => (await import('./drill.ts')).drillCommand(),
  },
};

const examples = `
Examples:
  $ rekindle validate bookstore            is the plan right? (plans/bookstore.yaml)
  $ rekindle preview bookstore             what would it do now, and what is in the way?
  $ rekindle worker                        run a worker, here or in a pod
  $ rekindle recover bookstore --reason "dr-east is lost"
  $ rekindle status --follow               watch it; every wait says why not yet
  $ rekindle approve --reason "data looked at, traffic may come"
  $ rekindle report bookstore-4fx2q7ab -o md > report.md`;

/** Runs one command. Returns the exit code; throws nothing. */
export async function main(args: readonly string[]): Promise<number> {
  // `rekindle status | head -1`: whoever reads has gone, which is no failure of ours.
  process.stdout.on('error', () => process.exit(exitCodes.recovered));
  try {
    const program = await buildProgram(args);
    await program.parseAsync(args, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.recovered;
  } catch (error) {
    return explain(error);
  }
}

/** Only the verb that was asked for is loaded; the others are there for the overview. */
async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('rekindle');
  program.description(
    'Restores a Kubernetes site after a disaster, tier by tier, each proven healthy before the next.',
  );
  program.version(packageVersion(), '-V, --version', 'print the version');
  program.addHelpText('after', `${examples}\n${exitCodeHelp}`);
  program.enablePositionalOptions();
  const words = args.filter((arg) => !arg.startsWith('-'));
  const wanted = words[0] === 'help' ? words[1] : words[0];
  for (const [name, verb] of Object.entries(verbs)) {
    if (name === wanted) program.addCommand((await verb.load()).summary(verb.summary));
    else program.command(name).summary(verb.summary).description(verb.summary);
  }
  for (const command of withNested(program)) command.exitOverride().configureOutput({ outputError: () => undefined });
  if (args.length === 0) program.help({ error: false });
  return program;
}

/** `rekindle schedule` has commands of its own. */
function withNested(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withNested)];
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.recovered; // --help and --version
    say(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
    return exitCodes.wrongInput;
  }
  say(sentenceOf(error));
  if (error instanceof CliError) return error.exitCode;
  return isConfiguration(error) ? exitCodes.wrongInput : exitCodes.unavailable;
}

/** By name: loading the classes would load what `validate` must not wait for. */
function isConfiguration(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === 'ConfigError' || ('reason' in error && error.reason === 'ConfigInvalid');
}

function say(sentence: string): void {
  process.stderr.write(`rekindle: ${sentence}\n`);
}

/** The package's own version: two folders up in the checkout, three in the built package. */
function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (
        typeof manifest === 'object' &&
        manifest !== null &&
        'version' in manifest &&
        typeof manifest.version === 'string'
      )
        return manifest.version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
