import type { KubeClient, KubeObject } from '../kube/types.ts';
import { redact } from '../model/redact.ts';
import type { JudgedObject } from '../model/verdict.ts';
import type { Related } from './assess.ts';
import { crashedContainer } from './containers.ts';
import { numberAt, oneLine, textAt, valueAt } from './read.ts';

/** A look asks for the logs of no more pods than a reason tells of. */
const askedPods = 3;

/** One log is waited for this long: it explains a verdict that stands without it. */
const limitMs = 2_000;

const tailLines = 5;

const longestLine = 160;

/** Ends of containers whose log has been read: it does not change any more. Bounded; the worker's, over all looks. */
const known = new Map<string, string>();
const mostKnown = 500;

/**
 * The last log line of crashed containers among what a gate tells of: one text for each object of `told` that has any, by
 * index. Reads at most three logs; one that may not be read, or does not come in time, is left out.
 */
export async function lastWords(
  kube: KubeClient,
  told: readonly JudgedObject[],
  objectOf: (judged: JudgedObject) => KubeObject | undefined,
  related: Related,
  signal: AbortSignal,
): Promise<readonly (string | undefined)[]> {
  let asked = 0;
  const words: (string | undefined)[] = [];
  for (const judged of told) {
    const pod = judged.verdict === 'Degraded' ? crashedPod(judged, objectOf(judged), related) : undefined;
    if (pod === undefined || asked >= askedPods) words.push(undefined);
    else {
      asked += 1;
      words.push(await wordsOf(kube, pod, signal));
    }
  }
  return words;
}

/** The pod itself, or the first one that the object's message names. */
function crashedPod(judged: JudgedObject, object: KubeObject | undefined, related: Related): KubeObject | undefined {
  const candidates = judged.kind === 'Pod' && object !== undefined ? [object] : named(judged, related);
  return candidates.find((pod) => crashedContainer(pod) !== undefined);
}

function named({ namespace, message }: JudgedObject, related: Related): readonly KubeObject[] {
  const names = [...message.matchAll(/\bpod ([a-z0-9][-a-z0-9.]*[a-z0-9])/gu)].map(([, name]) => name);
  if (names.length === 0) return [];
  const pods = related.of('Pod', namespace);
  return names.flatMap((name) => pods.filter((pod) => pod.metadata.name === name));
}

async function wordsOf(kube: KubeClient, pod: KubeObject, signal: AbortSignal): Promise<string | undefined> {
  const container = crashedContainer(pod);
  const { name, namespace } = pod.metadata;
  if (container === undefined || namespace === undefined) return undefined;
  const key = `${pod.metadata.uid ?? `${namespace}/${name}`} ${container.name} ${endOf(pod, container.name)}`;
  const before = known.get(key);
  if (before !== undefined) return before || undefined;
  const log = await readLog(
    kube,
    { namespace, pod: name, container: container.name, previous: container.previous },
    signal,
  );
  const line = log === undefined ? '' : wordsFrom(log, name, container.name);
  if (known.size >= mostKnown) known.clear();
  known.set(key, line);
  return line || undefined;
}

/** Which end of the container: a restart makes a new one. */
function endOf(pod: KubeObject, container: string): string {
  const statuses = [valueAt(pod, 'status', 'initContainerStatuses'), valueAt(pod, 'status', 'containerStatuses')];
  const own = statuses.flat().find((status) => textAt(status, 'name') === container);
  return `${numberAt(own, 'restartCount') ?? 0} ${textAt(own, 'state', 'terminated', 'finishedAt') ?? ''}`;
}

async function readLog(
  kube: KubeClient,
  from: { readonly namespace: string; readonly pod: string; readonly container: string; readonly previous: boolean },
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await kube.logs({ ...from, tailLines, timeoutMs: limitMs, signal });
  } catch {
    // Forbidden, rotated away, its node gone: the verdict stands without it. An abort ends the look itself.
    signal.throwIfAborted();
    return undefined;
  }
}

function wordsFrom(log: string, pod: string, container: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => line !== '');
  if (last === undefined) return '';
  const line = tellableLine(last);
  return line === undefined
    ? `last log line of pod ${pod} is kept back, it may hold a secret: look at container ${container}`
    : `last log line of pod ${pod}: "${line}"`;
}

/** Words that stand beside secrets, and shapes that secrets have: long runs of letters and digits, user:word@. */
const secretive: readonly RegExp[] = [
  /pass(?:word|wd|phrase)?\b|pwd|secret|token|credential|api.?key|access.?key|private|bearer|auth\w*\s*[:=]|cookie|session|dsn/iu,
  /(?:\b|_)(?:pw|pin|otp|login|cred\w*|\w*key)["']?\s*[:=]/iu,
  /\bkey\s+["']?\w+-[\w-]*-/iu,
  /:\/\/[^\s/]*@/u,
  /[A-Za-z0-9+/_=-]{24,}/u,
  /(?=[A-Za-z0-9+/_=]*\d)(?=[A-Za-z0-9+/_=]*[A-Za-z])[A-Za-z0-9+/_=]{16,}/u,
];

/** What a line about a trouble says. A line without any of it is data, and what data a program prints is not known. */
const troubled =
  /error|fatal|panic|exception|fail|refus|denied|cannot|can't|could not|unable|not found|no such|not exist|missing|invalid|unknown|unsupported|timed? ?out|killed|abort|illegal|full|exceed|corrupt|incompatible/iu;

/** A word of letters and digits may be a password; without it the line still says what went wrong. */
const mixedWord = /(?<![\w.])(?=\w*\d)(?=\w*[A-Za-z])\w{6,}[^\s"',.:;()[\]/]*/gu;

/** What is assigned may be a credential whatever its name is: nothing of it is told, to the end of its quotes or of the word. */
const assigned = /(\w["']?\s*=\s*)(?:"[^"]*"?|'[^']*'?|\S+)/gu;

/**
 * A log line as it may enter a history, or undefined. A program's output may hold anything, and no filter knows every secret:
 * it has to speak of a trouble, must hold nothing that looks like a secret or stands beside one, loses the value of each
 * `name=value` and its words of letters and digits, and is cut. Pure.
 */
export function tellableLine(line: string): string | undefined {
  const bare = line.replaceAll(/\p{Cc}\[[0-9;]*m/gu, '').replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
  if (!troubled.test(bare) || redact(bare) !== bare || secretive.some((pattern) => pattern.test(bare)))
    return undefined;
  return oneLine(bare.replaceAll(assigned, '$1***').replaceAll(mixedWord, '***'), longestLine);
}
