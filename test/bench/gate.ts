/** `npm run bench:gate`: how soon a gate sees a change, and what one over 10,000 objects costs. */
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { ensureTools } from '../../lab/build.ts';
import { down, up } from '../../lab/lab.ts';
import { showEvents } from '../../lab/report.ts';
import { controlPlaneTools } from '../../lab/tools.ts';
import { clustersFromKubeconfig } from '../../src/kube/clusters.ts';
import type { GateCost } from './gate-memory.ts';
import { makeObjects, quantile, refsOf } from './objects.ts';
import { measureReactions, type Reactions } from './reaction.ts';

const usage = `npm run bench:gate [-- OPTIONS]
  --json                 ends with one line of JSON
  --changes N            changes to measure (600)
  --objects N            objects of the large gate (10000; 0 leaves it out)
  --kubeconfig F --context C   a cluster of your own, instead of a lab that comes and goes; it gets the kind
                         Bench of bench.rekindle.dev and two namespaces
`;

interface Stage {
  readonly kubeconfig: string;
  readonly context: string;
  readonly kubectl: readonly string[];
  end(): Promise<void>;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    changes: { type: 'string', default: '600' },
    objects: { type: 'string', default: '10000' },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
  },
});
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** The cluster that was named, or a lab of its own. */
async function stage(): Promise<Stage> {
  const { kubeconfig, context } = values;
  if (kubeconfig !== undefined && context !== undefined) {
    const kubectl = ['kubectl', `--kubeconfig=${kubeconfig}`, `--context=${context}`];
    return { kubeconfig, context, kubectl, end: async () => undefined };
  }
  const name = `bench-${process.pid}`;
  const report = showEvents(process.stderr);
  const tools = await ensureTools(controlPlaneTools, report);
  const end = (): Promise<void> => down({ name, report });
  try {
    const lab = await up({ name, level: 'control-plane', report });
    const kubectl = [tools.kube, 'kubectl', `--kubeconfig=${lab.kubeconfig}`, `--cache-dir=${lab.stateDir}/kubectl`];
    return { kubeconfig: lab.kubeconfig, context: lab.context, kubectl, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The gate over many objects runs in a process of its own: its memory is the gate's. */
async function costOf(at: Stage, namespace: string, count: number): Promise<GateCost> {
  const script = new URL('./gate-memory.ts', import.meta.url).pathname;
  const argv = ['--expose-gc', script, at.kubeconfig, at.context, namespace, String(count), '50'];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 600_000 });
  return JSON.parse(stdout) as GateCost;
}

function table(reactions: Reactions, cost: GateCost | undefined): string {
  const row = (who: string, samples: readonly number[]): string => {
    const at = (share: number): string => String(Math.round(quantile(samples, share))).padStart(8);
    return `${who.padEnd(22)}${String(samples.length).padStart(8)}${at(0.5)}${at(0.95)}${at(0.99)}${at(1)}`;
  };
  const lines = [
    'from acknowledged to seen, ms',
    `${''.padEnd(22)}${['changes', 'p50', 'p95', 'p99', 'max'].map((each) => each.padStart(8)).join('')}`,
    row('gate', reactions.gate),
    row('kubectl wait', reactions.kubectlWait),
    row('poll every 2 s', reactions.poll),
  ];
  if (cost !== undefined) {
    lines.push(
      '',
      `a gate over ${cost.objects} objects: heap +${cost.heapMb} MiB, resident +${cost.rssMb} MiB (highest +${cost.peakRssMb}), ` +
        `${cost.lists} list, ${cost.watches} watches opened; first look ${cost.firstLookMs} ms, then ${cost.lookMs} ms each; ` +
        `${cost.changes} changes seen with p95 ${cost.p95Ms} ms`,
    );
  }
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const at = await stage();
  const source = clustersFromKubeconfig(at.kubeconfig);
  const others = clustersFromKubeconfig(at.kubeconfig);
  try {
    const worker = source.client(at.context);
    const other = others.client(at.context);
    // A look lists twenty waiting objects at most: with no more of them each is seen by name.
    const changed = refsOf('bench-reaction', 20);
    const waitedFor = refsOf('bench-kubectl', 60);
    await makeObjects(other, changed, 'not ready');
    await makeObjects(other, waitedFor, 'none');
    const changes = Number(values.changes);
    const reactions = await measureReactions(
      worker,
      other,
      { changed, waitedFor },
      { changes, kubectl: at.kubectl, say },
    );
    const count = Number(values.objects);
    if (count > 0) {
      say(`makes ${count} objects`);
      await makeObjects(other, refsOf('bench-many', count), 'none');
    }
    const cost = count > 0 ? await costOf(at, 'bench-many', count) : undefined;
    process.stdout.write(table(reactions, cost));
    if (values.json) {
      const p95 = (samples: readonly number[]): number => Math.round(quantile(samples, 0.95));
      const line = {
        p95Ms: p95(reactions.gate),
        changes: reactions.gate.length,
        kubectlWaitP95Ms: p95(reactions.kubectlWait),
        pollP95Ms: p95(reactions.poll),
        ...(cost === undefined ? {} : { many: cost }),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  } finally {
    await source.close();
    await others.close();
    await at.end();
  }
}

await main();
