import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher, request } from 'undici';
import { KubeError } from '../kube/error.ts';
import type { KubeClient, KubeObject } from '../kube/types.ts';
import { labelKeys } from '../model/labels.ts';
import { downloadRequestKind } from './api.ts';
import { textAt, timeAt } from './fields.ts';

/** The files of Velero that are read here. */
export type DownloadKind = 'BackupContents' | 'RestoreResourceList' | 'RestoreResults';

/** Which file: of a Backup or Restore by that name in Velero's namespace. */
export interface DownloadTarget {
  readonly namespace: string;
  readonly kind: DownloadKind;
  readonly name: string;
}

export interface DownloadLimits {
  readonly signal: AbortSignal;
  /** Default 60 s, for everything together. */
  readonly timeoutMs?: number;
  /** Default 64 MiB. */
  readonly packedBytes?: number;
  /** Default 512 MiB. */
  readonly unpackedBytes?: number;
}

/** What can go wrong; the first three may pass by themselves. */
export type DownloadProblem = 'NotAnswered' | 'Unreachable' | 'Refused' | 'NotFound' | 'TooLarge' | 'Unreadable';

/** As HTTP would say it, so that callers tell what may pass from what will not. */
const codes: { readonly [Problem in DownloadProblem]: number } = {
  NotAnswered: 0,
  Unreachable: 0,
  Refused: 503,
  NotFound: 404,
  TooLarge: 422,
  Unreadable: 422,
};

/** Why a file of Velero could not be read. Never holds the signed address: it is a credential. */
export class DownloadError extends KubeError {
  constructor(problem: DownloadProblem, message: string, cause?: unknown) {
    super(message, { code: codes[problem], reason: problem, cause });
  }
}

/** A signed address must still hold this long. */
const freshMs = 60_000;
/** How long Velero may take to sign an address. */
const signMs = 30_000;

/** Reads one file of Velero: asks for a signed address, fetches, unpacks (all of them are gzip) and hands the stream on. */
export async function download<T>(
  asked: KubeClient,
  target: DownloadTarget,
  limits: DownloadLimits,
  consume: (body: Readable) => Promise<T>,
): Promise<T> {
  // A signed address is a credential: it is read once, and no watch keeps it.
  const kube = asked.base ?? asked;
  const timeoutMs = limits.timeoutMs ?? 60_000;
  const signal = AbortSignal.any([limits.signal, AbortSignal.timeout(timeoutMs)]);
  const signed = await signedRequest(kube, target, signal);
  const agent = new Agent();
  try {
    const packed = await fetchBody(signed.address, agent, target, signal);
    return await unpack(packed, target, limits, consume);
  } catch (error) {
    limits.signal.throwIfAborted();
    if (signal.aborted)
      throw new DownloadError(
        'Unreachable',
        `reading ${describe(target)} took longer than ${timeoutMs / 1000} s`,
        error,
      );
    if (error instanceof DownloadError) throw error;
    throw new DownloadError(
      'Unreadable',
      `${describe(target)} is broken: ${error instanceof Error ? error.message : 'unknown error'}`,
      error,
    );
  } finally {
    await agent.destroy();
    await forget(kube, signed.object);
  }
}

/** Reads a small JSON file of Velero. */
export async function downloadJson(kube: KubeClient, target: DownloadTarget, signal: AbortSignal): Promise<unknown> {
  return download(kube, target, { signal }, async (body) => {
    const chunks: Buffer[] = [];
    for await (const chunk of body) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    return parsed;
  });
}

function describe(target: DownloadTarget): string {
  return `${target.kind} of ${target.kind.startsWith('Backup') ? 'Backup' : 'Restore'} ${target.namespace}/${target.name}`;
}

interface Signed {
  readonly object: KubeObject;
  readonly address: string;
}

/** Same target, same name: a twin of this call shares the request instead of making another one. */
function requestFor(target: DownloadTarget): KubeObject {
  const hash = createHash('sha256').update(`${target.kind}/${target.name}`).digest('hex').slice(0, 16);
  return {
    ...downloadRequestKind,
    metadata: {
      namespace: target.namespace,
      name: `rekindle-${target.kind.toLowerCase()}-${hash}`,
      labels: { [labelKeys.managedBy]: 'rekindle' },
    },
    spec: { target: { kind: target.kind, name: target.name } },
  };
}

async function signedRequest(kube: KubeClient, target: DownloadTarget, signal: AbortSignal): Promise<Signed> {
  const wanted = requestFor(target);
  const ref = { ...downloadRequestKind, namespace: target.namespace, name: wanted.metadata.name };
  const end = Date.now() + signMs;
  while (Date.now() < end) {
    const object = await kube.get(ref, { signal });
    const address = textAt(object, 'status', 'downloadURL');
    if (!object) await createRequest(kube, wanted, signal);
    else if (isStale(object)) await forget(kube, object);
    else if (address) return { object, address };
    else await sleep(100, undefined, { signal });
  }
  throw new DownloadError(
    'NotAnswered',
    `Velero has not answered DownloadRequest ${target.namespace}/${wanted.metadata.name} (${describe(target)}) within ${signMs / 1000} s; is its server running, and is the storage location Available?`,
  );
}

async function createRequest(kube: KubeClient, wanted: KubeObject, signal: AbortSignal): Promise<void> {
  try {
    await kube.create(wanted, { signal });
  } catch (error) {
    // A twin was faster: its request serves both.
    if (!(error instanceof KubeError && error.code === 409)) throw error;
  }
}

/** Velero signs for ten minutes; a request left over from a dead worker may be at its end. */
function isStale(request: KubeObject): boolean {
  const expiration = timeAt(request, 'status', 'expiration');
  return (
    request.metadata.deletionTimestamp !== undefined || (expiration !== undefined && expiration < Date.now() + freshMs)
  );
}

/** Tidies up; what cannot be removed Velero removes itself when it expires. */
async function forget(kube: KubeClient, request: KubeObject): Promise<void> {
  const { namespace = '', name, uid } = request.metadata;
  await kube
    .remove({ ...downloadRequestKind, namespace, name }, { timeoutMs: 5_000, ...(uid ? { uid } : {}) })
    .catch(() => undefined);
}

/**
 * Node's own `fetch` (its undici 7, in Node 24.21) dies by an assertion when a server closes the connection while the
 * body is paused by backpressure, and takes the process with it; the undici that is pinned here does not. It needs an
 * agent of its own: the global one belongs to whichever undici was there first.
 */
async function fetchBody(
  address: string,
  agent: Agent,
  target: DownloadTarget,
  signal: AbortSignal,
): Promise<Readable> {
  const host = URL.canParse(address) ? new URL(address).host : 'an address that is none';
  let response: Dispatcher.ResponseData;
  try {
    response = await request(address, { signal, dispatcher: agent });
  } catch (error) {
    const cause = textAt(error, 'code');
    throw new DownloadError(
      'Unreachable',
      `the object store at ${host} cannot be reached from this worker${cause ? ` (${cause})` : ''}, so ${describe(target)} cannot be read; open the way, or set publicUrl in the storage location's config`,
    );
  }
  if (response.statusCode === 200) return response.body;
  // Read to its end, within bounds: destroying it would throw at nobody.
  await response.body.dump({ limit: 65_536, signal }).catch(() => undefined);
  if (response.statusCode === 404)
    throw new DownloadError('NotFound', `the object store at ${host} has no ${describe(target)}`);
  throw new DownloadError(
    'Refused',
    `the object store at ${host} answered ${response.statusCode} for ${describe(target)}; do its clock and the credentials of Velero fit?`,
  );
}

function limitTo(bytes: number, target: DownloadTarget): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > bytes)
        done(
          new DownloadError('TooLarge', `${describe(target)} is larger than the ${bytes} bytes that are read of it`),
        );
      else done(null, chunk);
    },
  });
}

async function unpack<T>(
  packed: Readable,
  target: DownloadTarget,
  limits: DownloadLimits,
  consume: (body: Readable) => Promise<T>,
): Promise<T> {
  const unpacked = limitTo(limits.unpackedBytes ?? 512 * 1024 ** 2, target);
  const consuming = consume(unpacked).catch((error: unknown) => {
    unpacked.destroy(error instanceof Error ? error : undefined);
    throw error;
  });
  const [, result] = await Promise.all([
    pipeline(packed, limitTo(limits.packedBytes ?? 64 * 1024 ** 2, target), createGunzip(), unpacked),
    consuming,
  ]);
  return result;
}
