import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { Command, Option } from 'commander';
import { kubectlCache } from './api.ts';
import { ensureTools } from './build.ts';
import { down, LabError, status, up, wipe } from './lab.ts';
import type { LabInfo, LabLevel, LabOptions, LabStatus } from './lab.ts';
import { showEvents } from './report.ts';

interface Flags {
  readonly name?: string;
  readonly level?: LabLevel;
  readonly join?: string;
  readonly output?: 'json';
}

const program = new Command('lab')
  .description('A disposable Kubernetes site on this machine: lose it, restore it, throw it away.')
  .showHelpAfterError('(lab --help tells the rest)');

verb('up', 'bring the lab up; what is up already stays as it is')
  .addOption(new Option('--level <level>', 'how much of a lab').choices(['site', 'control-plane']).default('site'))
  .option('--join <lab>', 'work with the bucket (read-only) and the storage pool of that lab, which has to be up')
  .action(async (flags: Flags) => show(flags, await up(optionsOf(flags))));
verb('wipe', 'lose the cluster: an empty one takes its place, the bucket and the storage pool survive').action(
  async (flags: Flags) => show(flags, await wipe(optionsOf(flags))),
);
verb('down', 'take the lab down and delete its data').action((flags: Flags) => down(optionsOf(flags)));
verb('status', 'what is there, and what runs').action(async (flags: Flags) =>
  showStatus(flags, await status(optionsOf(flags))),
);
verb('kubeconfig', "print the path of the administrator's kubeconfig").action(async (flags: Flags) => {
  process.stdout.write(`${(await runningLab(flags)).kubeconfig}\n`);
});
verb('kubectl', 'run kubectl as the administrator of the lab: lab kubectl -- get pods --all-namespaces')
  .argument('<args...>', 'what kubectl is to do')
  .action(async (args: string[], flags: Flags) => {
    const info = await runningLab(flags);
    const { kube } = await ensureTools(['kube'], showEvents(process.stderr));
    const cache = `--cache-dir=${kubectlCache(dirname(info.kubeconfig))}`;
    const child = spawn(kube, ['kubectl', `--kubeconfig=${info.kubeconfig}`, cache, ...args], { stdio: 'inherit' });
    process.exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  });

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(`lab: ${error.message}\n`);
  process.exitCode = 1;
}

async function runningLab(flags: Flags): Promise<LabInfo> {
  const { info, name } = await status(optionsOf(flags));
  if (info === undefined) throw new LabError(`lab ${name} is not there: bring it up first (npm run lab -- up)`);
  return info;
}

function verb(name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--name <name>', 'which lab; the default follows from the path of this checkout')
    .addOption(new Option('-o, --output <format>', 'print the result as JSON').choices(['json']));
}

// Progress goes to standard error, so that the result alone is on standard output.
function optionsOf(flags: Flags): LabOptions {
  return {
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.level === undefined ? {} : { level: flags.level }),
    ...(flags.join === undefined ? {} : { joins: flags.join }),
    report: showEvents(process.stderr),
  };
}

function show(flags: Flags, info: LabInfo): void {
  if (flags.output === 'json') {
    process.stdout.write(`${JSON.stringify(info, null, 2)}\n`);
    return;
  }
  const rows = [
    ['lab', `${info.name} (${info.level})`],
    ['kubeconfig', info.kubeconfig],
    ['context', info.context],
    ['ingress', info.ingress === undefined ? undefined : `http://${info.ingress.address}:${info.ingress.port}`],
    ['joined to', info.joins === undefined ? undefined : `lab ${info.joins}: bucket (read-only) and storage pool`],
    ['S3', info.s3 === undefined ? undefined : `${info.s3.endpoint}, bucket ${info.s3.bucket}`],
  ];
  for (const [label = '', value] of rows) {
    if (value !== undefined) process.stdout.write(`${label.padEnd(12)}${value}\n`);
  }
}

function showStatus(flags: Flags, seen: LabStatus): void {
  if (flags.output === 'json') {
    process.stdout.write(`${JSON.stringify(seen, null, 2)}\n`);
    return;
  }
  process.stdout.write(`lab ${seen.name}: ${seen.state}${seen.level === undefined ? '' : ` (${seen.level})`}\n`);
  if (seen.info?.joins !== undefined) process.stdout.write(`  joined to lab ${seen.info.joins}\n`);
  for (const name of seen.joined) process.stdout.write(`  lab ${name} is joined to it\n`);
  for (const one of seen.processes)
    process.stdout.write(`  ${one.running ? 'runs' : 'gone'}  ${one.name} (${one.pid})\n`);
}
