/** `npm run silent-loss -- [--name LAB]`: loses a table without any error, then brings it back in the right order. */
import { Command } from 'commander';
import { status } from '../../lab.ts';
import { lose, prepare, restoreInRightOrder, restoreInWrongOrder, seededRows } from './site.ts';
import type { Outcome } from './site.ts';

await new Command('silent-loss')
  .description(
    'Shows in a running lab how plain Velero Restores in the wrong order lose a table while all say success.',
  )
  .option('--name <lab>', 'which lab; the default follows from the path of this checkout')
  .action(async (flags: { readonly name?: string }) => {
    try {
      await show(flags);
    } catch (error) {
      process.stderr.write(`silent-loss: ${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  })
  .parseAsync();

async function show(flags: { readonly name?: string }): Promise<void> {
  const { info, name } = await status(flags.name === undefined ? {} : { name: flags.name });
  if (info === undefined) throw new Error(`lab ${name} is not there: bring it up first (npm run lab -- up)`);
  const backup = `library-${Date.now().toString(36)}`;
  const ended = await prepare(info, backup);
  say(`${seededRows} loans in the database; Backup ${ended.name} ${ended.phase}`);
  await lose(info);
  say('namespace library is lost');
  tell('Cluster first, volumes second', await restoreInWrongOrder(info, backup));
  await lose(info);
  say('namespace library is lost');
  tell('volumes first, Cluster second', await restoreInRightOrder(info, backup));
}

function tell(order: string, outcome: Outcome): void {
  say(`${order}:`);
  for (const { name, phase, errors, warnings } of outcome.restores)
    say(`  Restore ${name} ${phase}, ${errors} errors, ${warnings} warnings`);
  say(`  operator: ${outcome.clusterPhase}`);
  say(`  loans: ${outcome.rows === undefined ? 'the table is gone' : `${outcome.rows} rows`}`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
