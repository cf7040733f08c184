/** An engine in a fake pod, for its check's unit tests: answers commands by what is asked, and records them. */
import { KubeError } from '../../src/kube/error.ts';
import type { ExecOptions, ExecResult, KubeClient, KubeObject } from '../../src/kube/types.ts';
import { fakeKube, pod } from '../unit/health/check-kube.ts';

/** What a command does: prints this and ends with 0, or as told; the text `absent`: there is no such program. */
export type Act = string | Partial<ExecResult>;

export interface FakeEngine {
  readonly kube: KubeClient;
  readonly asked: ExecOptions[];
  /** The commands, each in one line, the shell around them left out. */
  lines(): readonly string[];
}

/** Each command is answered by the first entry whose key its line holds. */
export function fakeEngine(
  acts: { readonly [part: string]: Act },
  more: { readonly objects?: readonly KubeObject[]; readonly logs?: string } = {},
): FakeEngine {
  const asked: ExecOptions[] = [];
  const exec: KubeClient['exec'] = (options) => {
    asked.push(options);
    const line = lineOf(options);
    const act = Object.entries(acts).find(([part]) => line.includes(part))?.[1];
    if (act === undefined) return Promise.reject(new Error(`nobody said what to answer to: ${line}`));
    if (act === 'absent') return Promise.reject(new KubeError('not found', { code: 500, reason: 'CommandNotFound' }));
    const result = { exitCode: 0, stdout: '', stderr: '', cut: false };
    return Promise.resolve(typeof act === 'string' ? { ...result, stdout: act } : { ...result, ...act });
  };
  const objects = [pod('orders-db-1'), ...(more.objects ?? [])];
  const { logs } = more;
  const readLogs = logs === undefined ? {} : { logs: () => Promise.resolve(logs) };
  return { kube: fakeKube({ objects, exec, ...readLogs }), asked, lines: () => asked.map(lineOf) };
}

function lineOf({ command }: ExecOptions): string {
  return command.join(' ');
}
