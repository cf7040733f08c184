/** `npm run bookstore -- install | seed | backup | verify [--name LAB]`: the bookstore's commands for people. */
import { Command } from 'commander';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { status } from '../../lab.ts';
import type { LabInfo } from '../../lab.ts';
import { backup, installSite, seed, verify } from './site.ts';
import type { Seeded } from './site.ts';
import { storeNames } from './stores.ts';

interface Flags {
  readonly name?: string;
  readonly backup?: string;
}

const program = new Command('bookstore').description(
  "The lab's example site: install it, fill it, back it up, compare it.",
);

verb('install', 'install the operator, the four stores and the shop', async (lab) => {
  await installSite(lab, tell);
});
verb('seed', 'write known data into every store and record what each holds', async (lab) => {
  const seeded = await seed(lab, tell);
  writeFileSync(recordOf(lab), `${JSON.stringify(seeded, null, 2)}\n`);
  for (const store of storeNames) say(`${store}: ${seeded[store].count}, checksum ${seeded[store].checksum}`);
});
verb('backup', 'take one Velero Backup of the site', async (lab, flags) => {
  const ended = await backup(lab, flags.backup ?? 'bookstore');
  say(`Backup ${ended.name} ${ended.phase}: ${ended.items} items, ${ended.startedAt} to ${ended.completedAt}`);
}).option('--backup <name>', 'name of the Backup', 'bookstore');
verb('verify', 'ask every store again and compare with what was seeded', async (lab) => {
  const results = await verify(lab, readRecord(lab));
  for (const { store, expected, restored, equal } of results) {
    const found = 'error' in restored ? restored.error : `${restored.count}, checksum ${restored.checksum}`;
    say(`${store}: ${equal ? 'equal' : 'DIFFERENT'} (expected ${expected.count}, found ${found})`);
  }
  if (results.some((result) => !result.equal)) process.exitCode = 1;
});

await program.parseAsync();

function verb(name: string, description: string, act: (lab: LabInfo, flags: Flags) => Promise<void>): Command {
  return program
    .command(name)
    .description(description)
    .option('--name <lab>', 'which lab; the default follows from the path of this checkout')
    .action(async (flags: Flags) => {
      try {
        await act(await labOf(flags), flags);
      } catch (error) {
        process.stderr.write(`bookstore: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 1;
      }
    });
}

async function labOf(flags: Flags): Promise<LabInfo> {
  const { info, name } = await status(flags.name === undefined ? {} : { name: flags.name });
  if (info === undefined) throw new Error(`lab ${name} is not there: bring it up first (npm run lab -- up)`);
  return info;
}

/** Beside the lab's other state: it outlives the disaster, as the knowledge of what was there should. */
function recordOf(lab: LabInfo): string {
  return join(lab.stateDir, 'bookstore-seeded.json');
}

function readRecord(lab: LabInfo): Seeded {
  const path = recordOf(lab);
  if (!existsSync(path)) throw new Error('nothing was seeded in this lab: run "npm run bookstore -- seed" first');
  return JSON.parse(readFileSync(path, 'utf8')) as Seeded;
}

function tell(part: string, seconds: number): void {
  say(`${part}: ${seconds.toFixed(1)} s`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
