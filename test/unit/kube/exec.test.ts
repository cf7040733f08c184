import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { createKubeClient } from '../../../src/kube/client.ts';
import { loginSource } from '../../../src/kube/login.ts';
import type { ExecOptions, ExecResult } from '../../../src/kube/types.ts';
import { failure, kubeconfigOf, portOf } from './fake-api.ts';

/** Writes one frame of the channel protocol. */
function frame(socket: WebSocket, channel: number, data: string | Buffer | object): void {
  const payload =
    typeof data === 'string' || Buffer.isBuffer(data) ? Buffer.from(data) : Buffer.from(JSON.stringify(data));
  socket.send(Buffer.concat([Buffer.from([channel]), payload]));
}

const success = { kind: 'Status', apiVersion: 'v1', status: 'Success' };
function exited(code: number): object {
  const details = { causes: [{ reason: 'ExitCode', message: String(code) }] };
  return failure(0, 'NonZeroExitCode', `command terminated with exit code ${code}`, details);
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface FakeExec {
  readonly address: string;
  readonly urls: string[];
}

/** A kubelet behind an API server, as far as exec is concerned. */
async function serveExec(onSocket: (socket: WebSocket) => void, protocol = 'v5.channel.k8s.io'): Promise<FakeExec> {
  const urls: string[] = [];
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  const server = createServer();
  server.on('upgrade', (request, socket, head) => {
    urls.push(request.url ?? '');
    sockets.handleUpgrade(request, socket, head, onSocket);
  });
  return { address: await listen(server), urls };
}

async function serveRefusal(code: number, body: object): Promise<FakeExec> {
  const server = createServer();
  const urls: string[] = [];
  server.on('upgrade', (request, socket) => {
    urls.push(request.url ?? '');
    const text = JSON.stringify(body);
    socket.end(
      `HTTP/1.1 ${code} No\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
  });
  return { address: await listen(server), urls };
}

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${portOf(server)}`;
}

async function run(api: FakeExec, more: Partial<ExecOptions> = {}): Promise<ExecResult> {
  const kube = createKubeClient(loginSource('fake', () => kubeconfigOf(api.address)));
  try {
    return await kube.exec({
      namespace: 'shop-data',
      pod: 'orders-1',
      container: 'postgres',
      command: ['psql', '-tAc', 'select 1'],
      ...more,
    });
  } finally {
    await kube.close();
  }
}

describe('exec', () => {
  it('sends argv as it is and returns both streams with exit code 0', async () => {
    const api = await serveExec((socket) => {
      frame(socket, 1, '41');
      frame(socket, 2, 'notice');
      frame(socket, 1, '2\n');
      frame(socket, 3, success);
      socket.close();
    });

    const result = await run(api, { command: ['sh', '-c', 'echo $HOME & ls'] });

    expect(result).toEqual({ exitCode: 0, stdout: '412\n', stderr: 'notice', cut: false });
    const url = new URL(api.urls[0] ?? '', 'http://fake');
    expect(url.pathname).toBe('/api/v1/namespaces/shop-data/pods/orders-1/exec');
    expect(url.searchParams.getAll('command')).toEqual(['sh', '-c', 'echo $HOME & ls']);
    expect(url.searchParams.get('container')).toBe('postgres');
  });

  it('reads what a kubelet of 1.34 sends: empty frames at the beginning, a status without a kind at the end', async () => {
    const api = await serveExec((socket) => {
      for (const channel of [1, 2, 3]) frame(socket, channel, '');
      frame(socket, 1, '50000\n');
      frame(socket, 3, { metadata: {}, status: 'Success' });
      socket.close();
    });

    expect(await run(api)).toMatchObject({ exitCode: 0, stdout: '50000\n' });
  });

  it.each([
    { protocol: 'v5.channel.k8s.io', closing: ['ff00'] },
    { protocol: 'v4.channel.k8s.io', closing: [] },
  ])('sends stdin and, where the protocol $protocol can say so, its end', async ({ protocol, closing }) => {
    const frames: string[] = [];
    const api = await serveExec((socket) => {
      socket.on('message', (data: Buffer) => {
        frames.push(data.toString('hex'));
        if (frames.length === 1 + closing.length) frame(socket, 3, success);
      });
    }, protocol);

    await run(api, { stdin: 'a€\n' });

    expect(frames).toEqual(['0061e282ac0a', ...closing]);
    const url = new URL(api.urls[0] ?? '', 'http://fake');
    expect(url.searchParams.get('stdin')).toBe('true');
    expect(url.href).not.toContain('%E2%82%AC');
  });

  it('takes the exit code from the status frame, not from how the socket closes', async () => {
    const api = await serveExec((socket) => {
      frame(socket, 3, exited(3));
      socket.terminate();
    });

    expect((await run(api)).exitCode).toBe(3);
  });

  it('ends although the server leaves the socket open after the status', async () => {
    const api = await serveExec((socket) => frame(socket, 3, success));

    expect((await run(api, { timeoutMs: 3000 })).exitCode).toBe(0);
  });

  it('speaks v4 with an API server that has no v5', async () => {
    const api = await serveExec((socket) => frame(socket, 3, exited(1)), 'v4.channel.k8s.io');

    expect((await run(api)).exitCode).toBe(1);
  });

  it('cuts long output, each stream by itself, and still waits for the exit code', async () => {
    const api = await serveExec((socket) => {
      for (let piece = 0; piece < 64; piece += 1) frame(socket, 1, 'x'.repeat(16 * 1024));
      frame(socket, 2, 'short');
      frame(socket, 3, exited(2));
    });

    const result = await run(api);

    expect(result.exitCode).toBe(2);
    expect(result.cut).toBe(true);
    expect(result.stdout).toHaveLength(64 * 1024);
    expect(result.stderr).toBe('short');
  });

  it('fails when the socket closes without a status', async () => {
    const api = await serveExec((socket) => {
      frame(socket, 1, 'half');
      socket.close();
    });

    await expect(run(api)).rejects.toMatchObject({
      reason: 'ExecFailed',
      message:
        "cannot run a command in container postgres of Pod shop-data/orders-1: the connection ended before the command's exit code came",
    });
  });

  it('fails at its time limit when the command hangs, and when its caller aborts', async () => {
    const api = await serveExec((socket) => frame(socket, 1, 'still there'));

    await expect(run(api, { timeoutMs: 200 })).rejects.toMatchObject({ reason: 'Timeout' });
    await expect(run(api, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ reason: 'Aborted' });
  });

  it.each([
    { said: 'OCI runtime exec failed: exec: "psql": executable file not found in $PATH', reason: 'CommandNotFound' },
    { said: 'exec: "/x": permission denied: unknown', reason: 'CommandNotExecutable' },
    { said: 'unable to upgrade connection: container not found ("postgres")', reason: 'ContainerNotFound' },
    { said: 'cannot exec in a stopped container', reason: 'ContainerNotRunning' },
    { said: 'the kubelet has a bad day', reason: 'ExecFailed' },
  ])('says $reason in a status frame and in a refused handshake', async ({ said, reason }) => {
    const inFrame = await serveExec((socket) => frame(socket, 3, failure(500, 'InternalError', said)));
    const inHandshake = await serveRefusal(500, failure(500, 'InternalError', said));

    await expect(run(inFrame)).rejects.toMatchObject({ reason });
    await expect(run(inHandshake)).rejects.toMatchObject({ reason });
  });

  // Recorded from a kubelet 1.34: every channel opens with an empty frame, and the status comes without its kind.
  it('reads the end of a command as a kubelet reports it', async () => {
    const succeeded = await serveExec((socket) => {
      for (const channel of [1, 2, 3]) frame(socket, channel, '');
      frame(socket, 1, 'PONG\n');
      frame(socket, 3, { metadata: {}, status: 'Success' });
    });
    const details = { causes: [{ reason: 'ExitCode', message: '3' }] };
    const failed = await serveExec((socket) => {
      frame(socket, 3, '');
      frame(socket, 3, { metadata: {}, status: 'Failure', reason: 'NonZeroExitCode', details });
    });

    expect(await run(succeeded)).toMatchObject({ exitCode: 0, stdout: 'PONG\n' });
    expect((await run(failed)).exitCode).toBe(3);
  });

  it('never takes a status frame that it cannot read for success', async () => {
    const api = await serveExec((socket) => frame(socket, 3, 'all fine'));

    await expect(run(api)).rejects.toMatchObject({ reason: 'ExecFailed' });
  });

  it('names a pod that is not there and a right that is missing', async () => {
    const gone = await serveRefusal(
      404,
      failure(404, 'NotFound', 'pods "orders-1" not found', { kind: 'pods', name: 'orders-1' }),
    );
    const forbidden = await serveRefusal(403, failure(403, 'Forbidden', 'cannot create resource "pods/exec"'));

    await expect(run(gone)).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
    await expect(run(forbidden)).rejects.toThrow('forbidden, cannot create resource "pods/exec"');
  });

  it('tries once more with new credentials after a 401', async () => {
    const api = await serveRefusal(401, failure(401, 'Unauthorized', 'Unauthorized'));

    await expect(run(api)).rejects.toMatchObject({ code: 401 });

    expect(api.urls).toHaveLength(2);
  });

  it('is Unreachable when nobody listens', async () => {
    await expect(run({ address: 'http://127.0.0.1:9', urls: [] })).rejects.toMatchObject({ reason: 'Unreachable' });
  });
});
