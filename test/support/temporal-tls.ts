/** Temporal behind TLS, as a company runs it: certificates, and what stands in front of a server that speaks plain text. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2, createSecureServer, type Http2Session, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** `ca`, `server` (localhost, 127.0.0.1), `named` (temporal.test only), `client`, and a `strangers-ca` with its `stranger`: `.crt` and `.key` each. */
export async function makeCertificates(folder: string): Promise<void> {
  for (const ca of ['ca', 'strangers-ca']) await make(folder, ca, ['basicConstraints=critical,CA:TRUE']);
  const leaf = ['basicConstraints=critical,CA:FALSE'];
  await make(folder, 'server', [...leaf, 'subjectAltName=IP:127.0.0.1,DNS:localhost'], 'ca');
  await make(folder, 'named', [...leaf, 'subjectAltName=DNS:temporal.test'], 'ca');
  await make(folder, 'client', [...leaf, 'extendedKeyUsage=clientAuth'], 'ca');
  await make(folder, 'stranger', [...leaf, 'extendedKeyUsage=clientAuth'], 'strangers-ca');
}

async function make(folder: string, name: string, extensions: readonly string[], signer?: string): Promise<void> {
  const file = (which: string): string => join(folder, which);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-keyout', file(`${name}.key`)];
  const by = signer === undefined ? [] : ['-CA', file(`${signer}.crt`), '-CAkey', file(`${signer}.key`)];
  const more = extensions.flatMap((extension) => ['-addext', extension]);
  const what = ['-x509', '-days', '2', '-subj', `/CN=${name}`, '-out', file(`${name}.crt`)];
  // An empty configuration: the machine's own would add extensions of its own.
  await run('openssl', ['req', '-config', '/dev/null', ...what, ...key, ...by, ...more]);
}

/** Something that stands in front of Temporal. */
export interface Front {
  readonly address: string;
  close(): Promise<void>;
}

interface FrontOptions {
  readonly folder: string;
  /** The server's `host:port`. */
  readonly upstream: string;
  /** Which certificate it shows; default `server`. */
  readonly certificate?: string;
}

/** Ends TLS and hands the bytes on; with `clientCa` only to who shows a certificate of that authority. */
export async function tlsFront(options: FrontOptions & { readonly clientCa?: string }): Promise<Front> {
  const { folder, upstream, certificate = 'server', clientCa } = options;
  const pem = (name: string): Promise<Buffer> => readFile(join(folder, name));
  const server = createServer(
    {
      cert: await pem(`${certificate}.crt`),
      key: await pem(`${certificate}.key`),
      ALPNProtocols: ['h2'],
      ...(clientCa === undefined
        ? {}
        : { ca: await pem(`${clientCa}.crt`), requestCert: true, rejectUnauthorized: true }),
    },
    (socket) => {
      const [host = '', port] = upstream.split(':');
      const inner = connect(Number(port), host);
      socket.pipe(inner).pipe(socket);
      socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
      inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
    },
  );
  return listening(server);
}

/** A front that looks into each call: the headers that came, and whether its key opens the door. */
export interface KeyFront extends Front {
  readonly calls: readonly { readonly path: string; readonly authorization: string | undefined }[];
}

/** Ends TLS, lets through what carries the key, and answers all else with UNAUTHENTICATED, as an authorizer does. */
export async function keyFront(options: FrontOptions & { readonly key: string }): Promise<KeyFront> {
  const { folder, upstream, certificate = 'server', key } = options;
  const calls: { path: string; authorization: string | undefined }[] = [];
  const server = createSecureServer({
    cert: await readFile(join(folder, `${certificate}.crt`)),
    key: await readFile(join(folder, `${certificate}.key`)),
  });
  const inner = connectHttp2(`http://${upstream}`);
  inner.on('error', () => undefined);
  const sessions = new Set<Http2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    const { authorization } = headers;
    calls.push({ path: headers[':path'] ?? '', authorization });
    if (authorization !== `Bearer ${key}`) {
      const no = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '16' };
      stream.respond({ ...no, 'grpc-message': 'Request unauthorized.' }, { endStream: true });
      return;
    }
    const request = inner.request({ ...headers, ':scheme': 'http', ':authority': upstream });
    request.on('error', () => stream.destroy());
    stream.on('close', () => request.close()).pipe(request);
    let trailers: IncomingHttpHeaders = {};
    request.on('trailers', (late: IncomingHttpHeaders) => (trailers = late));
    request.on('response', (answer, flags) => {
      // END_STREAM: an answer that is nothing but an error.
      const whole = (flags & 1) !== 0;
      stream.respond(answer, whole ? { endStream: true } : { waitForTrailers: true });
      if (!whole) request.pipe(stream);
    });
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  });
  const front = await listening(server);
  const close = async (): Promise<void> => {
    inner.destroy();
    for (const session of sessions) session.destroy();
    await front.close();
  };
  return { ...front, calls, close };
}

async function listening(server: Server): Promise<Front> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `localhost:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
