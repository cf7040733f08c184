import { Command } from 'commander';
import { tierNames } from '../model/tiers.ts';
import { loadConfig } from '../config.ts';
import { CliError } from './cli-error.ts';
import { exitCodeHelp } from './exit-codes.ts';

interface Options {
  readonly kill: boolean;
  readonly killIn: string;
  readonly killAfter: string;
  readonly keep?: boolean;
  readonly json?: boolean;
  readonly name?: string;
}

const help = `
What happens, on this machine, with nothing of yours touched:
  1. Temporal is started, its UI address printed
  2. a real Kubernetes site is brought up (needs Linux and root) with a bookshop on it, seeded and backed up
  3. the site is wiped: etcd, node state, everything that ran
  4. two workers bring it back by plans/bookstore.yaml; the one in mid-tier is killed, the other goes on
  5. phase two is approved through the Update, as a person would
  6. the data of every store is compared with what was seeded
  7. the report is kept in .rekindle/reports/<recovery>.html, .md and .json, and everything is stopped

Examples:
  $ rekindle drill
  $ rekindle drill --keep                     leave site, Temporal and worker running, to look at them
  $ rekindle drill --json | jq .times         the report alone on standard output
`;

/** `rekindle drill`. */
export function drillCommand(): Command {
  return new Command('drill')
    .description('Loses a real site and brings it back, with a worker killed on the way, and verifies every store.')
    .option('--no-kill', 'kill no worker')
    .option('--kill-in <tier>', 'the tier in whose middle the worker is killed', 'databases')
    .option('--kill-after <seconds>', 'how long that tier has waited by then', '1')
    .option('--keep', 'leave everything running at the end')
    .option('--json', 'print the report alone on standard output')
    .option('--name <lab>', "name of the lab; default: follows from the checkout's path")
    .addHelpText('after', help + exitCodeHelp)
    .action(async (options: Options) => {
      const kill = options.kill ? killPoint(options) : undefined;
      const { drill } = await import('./drill/drill.ts');
      process.exitCode = await drill({
        config: loadConfig(),
        keep: options.keep ?? false,
        json: options.json ?? false,
        ...(kill === undefined ? {} : { kill }),
        ...(options.name === undefined ? {} : { name: options.name }),
      });
    });
}

function killPoint({ killIn, killAfter }: Options) {
  const tier = tierNames.find((name) => name === killIn);
  if (tier === undefined) throw new CliError(`--kill-in ${killIn}: the tiers are ${tierNames.join(', ')}`);
  const seconds = Number(killAfter);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new CliError(`--kill-after ${killAfter}: a number of seconds, such as 1.5`);
  return { tier, afterMs: seconds * 1000 };
}
