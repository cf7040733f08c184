/** The site of a drill: a lab with the bookshop on it. The lab is part of the checkout, not of the package. */
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { LabEvent, LabInfo } from '../../../lab/lab.ts';
import type { Seeded, Verified } from '../../../lab/sites/bookstore/site.ts';
import type { DataReport } from '../../model/report.ts';
import { isRecord } from '../../kube/read.ts';
import { secondsText } from '../../report/text.ts';
import { CliError } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';

export interface Site {
  up(): Promise<LabInfo>;
  install(lab: LabInfo): Promise<void>;
  seed(lab: LabInfo): Promise<Seeded>;
  backup(lab: LabInfo, name: string): Promise<void>;
  wipe(): Promise<LabInfo>;
  verify(lab: LabInfo, expected: Seeded): Promise<DataReport[]>;
  down(): Promise<void>;
}

/** Loads the lab. Throws a CliError where it cannot run, with the choices. */
export async function loadSite(name: string | undefined, tell: (line: string) => void): Promise<Site> {
  if (!existsSync(new URL('../../../lab/tools', import.meta.url)))
    throw new CliError(
      'the drill needs the lab, which is part of the checkout and not of the package: clone the project and call `npm run drill`',
      exitCodes.unavailable,
    );
  const [lab, bookstore] = await Promise.all([
    import('../../../lab/lab.ts'),
    import('../../../lab/sites/bookstore/site.ts'),
  ]);
  const reason = lab.labUnavailableReason('site');
  if (reason !== undefined) throw new CliError(reason, exitCodes.unavailable);
  const options = { level: 'site', ...(name === undefined ? {} : { name }), report: labTeller(tell) } as const;
  const told = (part: string, seconds: number): void => tell(`  ${part}: ${secondsText(seconds)}`);
  return {
    up: () => lab.up(options),
    install: (info) => bookstore.installSite(info, told),
    seed: (info) => bookstore.seed(info, told),
    backup: async (info, backup) => void (await bookstore.backup(info, backup)),
    wipe: () => lab.wipe(options),
    verify: async (info, expected) => (await bookstore.verify(info, expected)).map(dataReport),
    down: () => lab.down(options),
  };
}

/** One line for each part of the lab that is done or says something; beginnings only where they take long to end. */
function labTeller(tell: (line: string) => void): (event: LabEvent) => void {
  return (event) => {
    const took = event.seconds === undefined ? '' : `: ${secondsText(event.seconds)}`;
    const message = event.message === undefined ? '' : `: ${event.message}`;
    const far = event.progress === undefined ? '' : ` (${event.progress.done} of ${event.progress.total})`;
    if (event.state === 'done') tell(`  ${event.part}${took}`);
    else if (event.state !== 'started')
      tell(`  ${event.part}${event.state === 'failed' ? ' failed' : ''}${message}${far}`);
  };
}

function dataReport(verified: Verified): DataReport {
  const { store, expected, restored, equal } = verified;
  const text = (contents: Verified['expected']): string => `${contents.count}, checksum ${contents.checksum}`;
  return { store, expected: text(expected), restored: 'error' in restored ? restored.error : text(restored), equal };
}

/** A kubeconfig in which the context that the plan wants leads to the lab, and no other context leads anywhere. */
export async function writeKubeconfig(
  lab: Pick<LabInfo, 'kubeconfig' | 'context'>,
  context: string,
  file: string,
): Promise<void> {
  const config: unknown = parse(await readFile(lab.kubeconfig, 'utf8'));
  const contexts = isRecord(config) && Array.isArray(config.contexts) ? config.contexts.filter(isRecord) : [];
  const found = contexts.find((one) => one.name === lab.context);
  if (!isRecord(config) || found === undefined)
    throw new CliError(`${lab.kubeconfig} has no context ${lab.context}`, exitCodes.failed);
  const derived = { ...config, contexts: [{ ...found, name: context }], 'current-context': context };
  await writeFile(file, stringify(derived), { mode: 0o600 });
  await chmod(file, 0o600); // writeFile keeps the mode of a file that is there
}
