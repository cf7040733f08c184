/**
 * The first word with Temporal. gRPC hides a refused connection, a certificate that nobody vouches for and a missing
 * client certificate behind one and the same deadline; an HTTP/2 greeting with the same settings says which it is, at once.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';

/** How TLS is spoken: what `@temporalio/envconfig` makes of `TEMPORAL_TLS_*` and of a profile. */
export interface TlsSettings {
  readonly serverNameOverride?: string | undefined;
  readonly serverRootCACertificate?: Uint8Array | undefined;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array } | undefined;
}

/** Why there was no greeting, and what to do about it where that is known. */
export class NoGreeting extends Error {
  override readonly name = 'NoGreeting';
  readonly advice: string | undefined;

  constructor(why: string, advice?: string) {
    super(why);
    this.advice = advice;
  }
}

/** Returns when the server at `host:port` has answered in HTTP/2; throws a NoGreeting. Without `tls`: in plain text. */
export async function greet(address: string, tls: TlsSettings | undefined, timeoutMs: number): Promise<void> {
  const place = placeOf(address);
  let socket: Socket | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const open = tls === undefined ? connect(place) : connectTls({ ...place, ...tlsOptions(tls, place.host) });
      socket = open;
      const timer = setTimeout(() => reject(new Error(`no answer for ${timeoutMs / 1000} s`)), timeoutMs);
      open.once(tls === undefined ? 'connect' : 'secureConnect', () => open.write(greeting));
      // Not the handshake's end: with TLS 1.3 a server looks at the client's certificate after it.
      open.once('data', (answer: Buffer) => (answer[3] === settingsFrame ? resolve() : reject(new Error(otherWords))));
      open.once('error', reject);
      open.once('close', () => {
        clearTimeout(timer);
        reject(new Error(hungUp));
      });
    });
  } catch (error) {
    throw explained(error, tls);
  } finally {
    socket?.destroy();
  }
}

/** The connection preface of HTTP/2 and an empty SETTINGS frame (RFC 9113, 3.4); a server begins with SETTINGS too. */
const settingsFrame = 4;
const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, settingsFrame, 0, 0, 0, 0, 0]),
]);

/** Host and port, Temporal's where none is given. */
function placeOf(address: string): { readonly host: string; readonly port: number } {
  const url = address.includes('://') || !URL.canParse(`grpc://${address}`) ? undefined : new URL(`grpc://${address}`);
  if (url === undefined || url.hostname === '' || url.pathname !== '' || url.username !== '')
    throw new NoGreeting('not an address', 'write it as host:port, for example TEMPORAL_ADDRESS=temporal.example:7233');
  return { host: url.hostname.replaceAll(/^\[|\]$/g, ''), port: Number(url.port || '7233') };
}

function tlsOptions(tls: TlsSettings, host: string): ConnectionOptions {
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = tls;
  const servername = serverNameOverride ?? (isIP(host) === 0 ? host : undefined);
  return {
    ALPNProtocols: ['h2'],
    ...(servername === undefined ? {} : { servername }),
    ...(serverRootCACertificate === undefined ? {} : { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair === undefined
      ? {}
      : { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  };
}

const hungUp = 'it closed the connection';
const otherWords = 'it does not speak HTTP/2';
const clientCertificate = 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';

/** What OpenSSL and the socket say, in a person's words. Exported for its test. */
export function explained(error: unknown, tls: TlsSettings | undefined): NoGreeting {
  if (error instanceof NoGreeting) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
  const plain = unreachableWords[code];
  if (plain !== undefined) return new NoGreeting(plain);
  if (tls === undefined) return notInPlainText(code, text);
  const certificate = certificateWords(code, text);
  if (certificate !== undefined) return certificate;
  if (alerts.test(code) || text === hungUp || code === 'ECONNRESET') return wantsCertificate(tls);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return new NoGreeting(
      'it does not speak TLS',
      'leave TLS out for it (TEMPORAL_TLS=false), or set TEMPORAL_ADDRESS',
    );
  if (/^ERR_OSSL|^ERR_CRYPTO/.test(code) || /PEM|key values mismatch/.test(text))
    return new NoGreeting(
      `a certificate or its key cannot be used: ${text}`,
      `${clientCertificate} name PEM files that belong together, TEMPORAL_TLS_SERVER_CA_CERT_PATH one with the authority`,
    );
  return new NoGreeting(text || code || 'no connection');
}

const unreachableWords: { readonly [code: string]: string } = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'no such host',
};

/** What a server answers to a client's certificate, or to none. */
const alerts =
  /_ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|HANDSHAKE_FAILURE|ACCESS_DENIED)/;

function wantsCertificate(tls: TlsSettings): NoGreeting {
  return tls.clientCertPair === undefined
    ? new NoGreeting('it wants a client certificate', `set ${clientCertificate}`)
    : new NoGreeting('it does not take the client certificate', `look at ${clientCertificate}`);
}

function certificateWords(code: string, text: string): NoGreeting | undefined {
  switch (code) {
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return new NoGreeting(
        'its certificate is signed by an authority that is not known here',
        'set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the certificate of its authority',
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return new NoGreeting(
        `its certificate is for another name (${text.replace(/^.*altnames: /, '')})`,
        'set TEMPORAL_TLS_SERVER_NAME to a name of the certificate, or TEMPORAL_ADDRESS',
      );
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return new NoGreeting(
        code === 'CERT_HAS_EXPIRED' ? 'its certificate has expired' : 'its certificate is not valid yet',
        'renew it there, or look at the clock here',
      );
    default:
      return undefined;
  }
}

function notInPlainText(code: string, text: string): NoGreeting {
  if (text === hungUp || text === otherWords || code === 'ECONNRESET')
    return new NoGreeting(
      'it answers, but not in plain text',
      'if it speaks TLS, set TEMPORAL_TLS=true or TEMPORAL_TLS_SERVER_CA_CERT_PATH',
    );
  return new NoGreeting(text || code || 'no connection');
}
