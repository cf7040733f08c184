import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions } from 'ws';
import { createExecOutput, type ExecOutput } from './exec-output.ts';
import { KubeError } from './error.ts';
import { answerError, networkFailure, oneLine, readStatus, type Act, type StatusFacts } from './failure.ts';
import { startLimit, unlessAborted, type Limit } from './limit.ts';
import type { Login } from './login.ts';
import { urlOf, type Transport } from './transport.ts';
import type { ExecOptions, ExecResult } from './types.ts';

/** v4 has no frame that closes stdin, and an API server before 1.29 knows v4 alone: a command must not read on to its end. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** After the status nothing follows; the server then closes. This is how long we wait for it to do so. */
const closeGraceMs = 250;

/** An error page of a refused handshake is read this far. */
const refusalLimitBytes = 64 * 1024;

/**
 * Runs a command in a container and waits for its end. A command that ran is a result, whatever its exit code; one that
 * could not be run is a KubeError: `NotFound` (pod), `ContainerNotFound`, `ContainerNotRunning`, `CommandNotFound`,
 * `CommandNotExecutable`, `ExecFailed`. At the time limit the connection is cut; the command itself may go on.
 */
export async function execInPod(transport: Transport, options: ExecOptions): Promise<ExecResult> {
  const limit = startLimit(options);
  const act = {
    verb: 'run a command in',
    object: `${options.container === undefined ? '' : `container ${options.container} of `}Pod ${options.namespace}/${options.pod}`,
  };
  const { logins } = transport;
  try {
    return await execWith(await unlessAborted(logins.current(), limit.signal), act, options, limit);
  } catch (error) {
    if (!(error instanceof KubeError)) throw limit.ended(act, logins.server) ?? error;
    if (error.code !== 401) throw error;
    // Nothing ran yet: the handshake was refused.
    return execWith(await unlessAborted(logins.renew(), limit.signal), act, options, limit);
  }
}

function execWith(login: Login, act: Act, options: ExecOptions, limit: Limit): Promise<ExecResult> {
  const server = login.server.href.replace(/\/$/, '');
  const ended = limit.ended(act, server);
  if (ended !== undefined) return Promise.reject(ended);
  const socket = new WebSocket(execUrl(login, options), protocols, socketOptions(login));
  const output = createExecOutput(options.maxOutputBytes);
  return new Promise<ExecResult>((resolve, reject) => {
    let status: StatusFacts | undefined;
    const finish = (error: unknown): void => {
      limit.signal.removeEventListener('abort', onAbort);
      socket.terminate();
      if (status !== undefined && error === undefined) settle(act, status, output, resolve, reject);
      else reject(error);
    };
    const onAbort = (): void => {
      finish(limit.ended(act, server));
    };
    limit.signal.addEventListener('abort', onAbort, { once: true });
    const { stdin } = options;
    if (stdin !== undefined)
      socket.on('open', () => {
        sendStdin(socket, stdin);
      });
    socket.on('message', (data) => {
      status ??= output.take(frameOf(data));
      if (status !== undefined) setTimeout(finish, closeGraceMs, undefined);
    });
    socket.on('unexpected-response', (_request, response) => {
      readRefusal(act, response).then(finish, finish);
    });
    socket.on('error', (cause) => {
      finish(networkFailure(act, server, cause).error);
    });
    // A socket may close without a status (kubelet gone, pod deleted): without this the promise would never settle.
    socket.on('close', () => {
      finish(status === undefined ? lostError(act) : undefined);
    });
  });
}

/** Channel 0 is stdin; channel 255 closes the channel that its data names (apimachinery, util/remotecommand). */
function sendStdin(socket: WebSocket, text: string): void {
  socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(text, 'utf8')]));
  if (socket.protocol === 'v5.channel.k8s.io') socket.send(Buffer.from([255, 0]));
}

function settle(
  act: Act,
  status: StatusFacts,
  output: ExecOutput,
  resolve: (result: ExecResult) => void,
  reject: (error: KubeError) => void,
): void {
  const exitCode = exitCodeOf(status);
  if (exitCode === undefined) reject(startError(act, status));
  else resolve(output.result(exitCode));
}

/** Success is 0; a command that ended otherwise has its code among the causes; a command that never ran has none. */
function exitCodeOf(status: StatusFacts): number | undefined {
  if (status.success) return 0;
  const cause = status.causes.find((each) => each.reason === 'ExitCode');
  const code = Number(cause?.message);
  return cause === undefined || !Number.isInteger(code) ? undefined : code;
}

function lostError(act: Act): KubeError {
  return new KubeError(`cannot ${act.verb} ${act.object}: the connection ended before the command's exit code came`, {
    code: 0,
    reason: 'ExecFailed',
  });
}

/** What the kubelet and the container runtime (containerd, runc) say when a command cannot be started. */
const startFailures: readonly { readonly pattern: RegExp; readonly reason: string; readonly words: string }[] = [
  {
    pattern: /executable file not found|no such file or directory/,
    reason: 'CommandNotFound',
    words: 'the container has no such command',
  },
  { pattern: /permission denied/, reason: 'CommandNotExecutable', words: 'the command may not be executed there' },
  {
    pattern: /container not found|is not valid for pod/,
    reason: 'ContainerNotFound',
    words: 'there is no such container, or it does not run',
  },
  {
    pattern: /not running|stopped container|not created or running/i,
    reason: 'ContainerNotRunning',
    words: 'the container does not run',
  },
];

/** The error of a command that was not started, from a status frame or a refused handshake. */
function startError(act: Act, status: StatusFacts): KubeError {
  const known = startFailures.find((each) => each.pattern.test(status.message));
  if (known === undefined) {
    return new KubeError(`cannot ${act.verb} ${act.object}: ${oneLine(status.message)}`, {
      code: status.code,
      reason: status.code === 404 ? 'NotFound' : 'ExecFailed',
    });
  }
  return new KubeError(`cannot ${act.verb} ${act.object}: ${known.words}`, { code: status.code, reason: known.reason });
}

async function readRefusal(act: Act, response: IncomingMessage): Promise<KubeError> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response) {
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    chunks.push(piece);
    sizeBytes += piece.length;
    if (sizeBytes > refusalLimitBytes) break;
  }
  const code = response.statusCode ?? 0;
  const text = Buffer.concat(chunks).toString('utf8');
  const status = readStatus(text);
  // 401, 403 and a pod that is not there are the API server's own; the rest says why the command was not started.
  if (status === undefined || code === 401 || code === 403 || code === 404) return answerError(act, code, text);
  return startError(act, status);
}

function execUrl(login: Login, options: ExecOptions): URL {
  const path = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/pods/${encodeURIComponent(options.pod)}/exec`;
  const stdin = options.stdin === undefined ? {} : { stdin: true };
  const url = urlOf(login, { path, query: { container: options.container, ...stdin, stdout: true, stderr: true } });
  for (const word of options.command) url.searchParams.append('command', word);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  return url;
}

function socketOptions(login: Login): ClientOptions {
  return {
    ...login.tls,
    ...(login.proxyAgent === undefined ? {} : { agent: login.proxyAgent }),
    headers: { 'user-agent': 'rekindle', ...login.headers },
    perMessageDeflate: false,
    followRedirects: false,
  };
}

function frameOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
