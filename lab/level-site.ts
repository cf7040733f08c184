import type { Report } from './events.ts';
import type { LabInfo } from './lab.ts';
import type { LabNames } from './names.ts';
import { LabError } from './run.ts';

export async function siteUp(names: LabNames, _report: Report): Promise<LabInfo> {
  throw new LabError(`${names.name}: not yet`);
}
export async function siteWipe(names: LabNames, _report: Report): Promise<LabInfo> {
  throw new LabError(`${names.name}: not yet`);
}
export async function siteDown(_names: LabNames, _report: Report): Promise<void> {}
