/**
 * The way from the workers to the API server: a relay that can drop all traffic, and behind it a door that sees each
 * request and can hold one back after the API server has done it. Both are on loopback and belong to the test.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { KubeConfig } from '@kubernetes/client-node';
import { stringify } from 'yaml';

/** A request of a worker's, as far as the test is concerned with it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  /** What was sent with it; empty for a read. */
  readonly body: string;
}

/** An answer that is held back. */
export interface Held {
  /** Lets it through, or cuts the connection instead. */
  end(how: 'answer' | 'cut'): void;
}

export interface Door {
  /** Holds the answer of the next request that fits; settles when the API server has given it. */
  hold(fits: (seen: Seen) => boolean): Promise<Held>;
  /** When the first request was answered that came after one time, and its answer after another; undefined: none was. A refusal by 5xx is none. */
  answeredSince(came: number, answered: number): number | undefined;
  /** Drops all traffic for so long; returns when it flows again. */
  cut(ms: number): Promise<void>;
  /** Kubeconfig text with this one context. */
  kubeconfig(context: string): string;
  close(): Promise<void>;
}

interface Upstream {
  readonly server: string;
  readonly agent: Agent;
}

/** Opens the door to the cluster of a kubeconfig. */
export async function openDoor(kubeconfigPath: string): Promise<Door> {
  const upstream = upstreamOf(kubeconfigPath);
  const watch = new Watchman();
  const http = createHttpServer((incoming, answer) => void pass(upstream, watch, incoming, answer));
  http.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) =>
    upgrade(upstream, incoming, socket, head),
  );
  const port = await listen(http);
  const relay = new Relay(port);
  const front = await listen(relay.server);
  return {
    hold: (fits) => watch.hold(fits),
    answeredSince: (came, answered) => watch.answeredSince(came, answered),
    cut: (ms) => relay.cut(ms),
    kubeconfig: (context) => kubeconfigOf(`http://127.0.0.1:${front}`, context),
    // Nobody waits for the servers to have closed: a socket that is paused would be waited for in vain.
    close: async () => {
      for (const server of [relay.server, http]) server.close();
      relay.close();
      http.closeAllConnections();
      upstream.agent.destroy();
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

function upstreamOf(kubeconfigPath: string): Upstream {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (!cluster || !user) throw new Error(`kubeconfig ${kubeconfigPath} has no current cluster and user`);
  const text = (data: string | undefined) => (data ? Buffer.from(data, 'base64') : undefined);
  const tls = { ca: text(cluster.caData), cert: text(user.certData), key: text(user.keyData) };
  return { server: cluster.server, agent: new Agent({ keepAlive: true, ...tls }) };
}

function kubeconfigOf(server: string, context: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'door', cluster: { server } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: context, context: { cluster: 'door', user: 'nobody' } }],
    'current-context': context,
  });
}

/** Knows when something was answered last, and what is to be held. */
class Watchman {
  private readonly answers: { readonly arrived: number; readonly answered: number }[] = [];
  private waiting: { readonly fits: (seen: Seen) => boolean; readonly held: (held: Held) => void } | undefined;

  hold(fits: (seen: Seen) => boolean): Promise<Held> {
    return new Promise((resolve) => (this.waiting = { fits, held: resolve }));
  }

  /** Resolves with what to do with the answer: at once, unless it is one to hold. */
  decide(seen: Seen): (() => Promise<'answer' | 'cut'>) | undefined {
    const { waiting } = this;
    if (waiting === undefined || !waiting.fits(seen)) return undefined;
    this.waiting = undefined;
    return () => new Promise((resolve) => waiting.held({ end: resolve }));
  }

  noteAnswer(arrived: number): void {
    this.answers.push({ arrived, answered: Date.now() });
    if (this.answers.length > 20_000) this.answers.splice(0, 10_000);
  }

  answeredSince(came: number, since: number): number | undefined {
    return this.answers.find(({ arrived, answered }) => arrived >= came && answered >= since)?.answered;
  }
}

async function pass(
  upstream: Upstream,
  watch: Watchman,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const arrived = Date.now();
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return; // the worker is gone
  }
  const body = Buffer.concat(chunks);
  const seen = { method: incoming.method ?? '', path: incoming.url ?? '', body: body.toString('utf8') };
  const decide = watch.decide(seen);
  const sent = httpsRequest(target(upstream, seen.path), requestOptions(upstream, incoming), (response) => {
    const status = response.statusCode ?? 502;
    if (status < 500) watch.noteAnswer(arrived);
    const forward = (): void => {
      answer.writeHead(status, response.headers);
      // A watch's head comes long before its first event.
      answer.flushHeaders();
      response.pipe(answer);
      response.on('error', () => answer.destroy());
      answer.on('close', () => response.destroy());
    };
    if (decide === undefined) forward();
    else void decide().then((how) => (how === 'answer' ? forward() : answer.destroy()));
  });
  sent.on('error', () => answer.destroy());
  answer.on('close', () => sent.destroy());
  sent.end(body);
}

function target({ server }: Upstream, path: string): URL {
  return new URL(path, server);
}

function requestOptions({ agent, server }: Upstream, { method, headers }: IncomingMessage): RequestOptions {
  return { method: method ?? 'GET', headers: { ...headers, host: new URL(server).host }, agent };
}

/** A command in a pod: the connection itself is handed over. */
function upgrade(upstream: Upstream, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
  const sent = httpsRequest(target(upstream, incoming.url ?? '/'), requestOptions(upstream, incoming));
  const fail = (): void => void socket.destroy();
  socket.on('error', () => sent.destroy());
  sent.on('error', fail).on('response', (response) => {
    // It refuses: in words that the caller should read.
    socket.write(headOf(response));
    response.pipe(socket);
  });
  sent.on('upgrade', (response, other, first) => {
    socket.write(headOf(response));
    other.write(head);
    socket.write(first);
    other.on('error', fail).pipe(socket).pipe(other);
  });
  sent.end();
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode ?? 502} ${statusMessage ?? ''}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at] ?? ''}: ${rawHeaders[at + 1] ?? ''}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Plain TCP. While it is cut nothing passes, nothing is refused and nobody is told, as in a network that drops. */
class Relay {
  readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly port: number;
  private uncut: Promise<void> = Promise.resolve();
  private isCut = false;

  constructor(port: number) {
    this.port = port;
    this.server = createTcpServer((near) => void this.join(near));
  }

  async cut(ms: number): Promise<void> {
    this.isCut = true;
    for (const socket of this.sockets) socket.pause();
    this.uncut = new Promise((resolve) => setTimeout(resolve, ms));
    await this.uncut;
    this.isCut = false;
    for (const socket of this.sockets) socket.resume();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async join(near: Socket): Promise<void> {
    near.on('error', () => near.destroy());
    near.pause();
    await this.uncut;
    const far = connect(this.port, '127.0.0.1');
    this.carry(near, far);
    this.carry(far, near);
    if (!this.isCut) near.resume();
  }

  private carry(from: Socket, to: Socket): void {
    this.sockets.add(from);
    from.on('data', (chunk) => to.write(chunk));
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    if (this.isCut) from.pause();
  }
}
