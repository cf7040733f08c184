/** Reaching Temporal: the client's connection, and the search attributes that a run is found by. */
import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { loadTemporalSettings, type Config, type TemporalSettings } from './config.ts';
import { searchAttributeNames } from './model/run.ts';
import { retriedCalls } from './temporal-calls.ts';
import { greet, NoGreeting, type TlsSettings } from './temporal-greeting.ts';
import { runningServer } from './temporal-server.ts';

/** Temporal does not answer: the message is one sentence with what to do. */
export class TemporalError extends Error {
  override readonly name = 'TemporalError';
}

/** A connected client and where it is connected to. */
export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly address: string;
  readonly namespace: string;
  /** Where the UI is: what the configuration says, or the embedded server's. */
  readonly uiUrl?: string;
  close(): Promise<void>;
}

// A refused connection is refused at once; a silent host is given up after this long.
const connectTimeoutMs = 5_000;
/** Whether it is there at all is known after this long. */
const answerTimeoutMs = 3_000;
const indexedValueTypeKeyword = 2; // temporal.api.enums.v1.IndexedValueType
// gRPC asks DNS for a text record beside the address. Temporal has none, and where no DNS server answers, as in a
// network that lost its own, the question alone keeps a command from ending for half a minute.
const withoutTextRecords = { 'grpc.service_config_disable_resolution': 1 };
const grpcCancelled = 1;
const grpcDeadlineExceeded = 4;
const grpcNotFound = 5;
const grpcAlreadyExists = 6;
const grpcPermissionDenied = 7;
const grpcUnavailable = 14;
const grpcUnauthenticated = 16;

/**
 * Where this process reaches Temporal: what `TEMPORAL_*` or the profile says, else the embedded server that runs under
 * the state folder, else Temporal's default address.
 */
export async function temporalTarget(config: Config): Promise<TemporalSettings & { readonly uiUrl?: string }> {
  const known = config.uiUrl === undefined ? {} : { uiUrl: config.uiUrl };
  const settings = { ...loadTemporalSettings(config), ...known };
  if (settings.named) return settings;
  const embedded = await runningServer(config.stateDir);
  if (embedded === undefined) return settings;
  const { address, namespace, uiUrl } = { ...embedded, ...known };
  return { ...settings, address, namespace, uiUrl, connectionOptions: { ...settings.connectionOptions, address } };
}

/** Connects within seconds or throws a TemporalError that says what to do. */
export async function connectTemporal(config: Config): Promise<Temporal> {
  const target = await temporalTarget(config);
  const { connectionOptions, address, namespace } = target;
  const calls = retriedCalls();
  let connection: Connection | undefined;
  try {
    await greet(address, tlsOf(target), connectTimeoutMs);
    connection = await Connection.connect({
      ...connectionOptions,
      address,
      connectTimeout: connectTimeoutMs,
      channelArgs: withoutTextRecords,
      interceptors: [...calls.interceptors],
    });
    // The first call that is about this login and this namespace: later ones would fail in words of their own.
    await connection.workflowService.describeNamespace({ namespace });
    const open = connection;
    return {
      client: new Client({ connection, namespace, identity: config.user }),
      connection,
      address,
      namespace,
      ...(target.uiUrl === undefined ? {} : { uiUrl: target.uiUrl }),
      close: () => {
        calls.end();
        return open.close();
      },
    };
  } catch (error) {
    calls.end();
    await connection?.close();
    throw unreachable(target, error);
  }
}

/** Whether an error means that Temporal was there and does not answer any more. */
export function isAway(error: unknown): boolean {
  const code = grpcCode(error);
  return code === grpcUnavailable || code === grpcDeadlineExceeded || code === grpcCancelled;
}

/** The sentence for a Temporal that was there and does not answer any more. */
export function goneAway({ address }: Pick<Temporal, 'address'>): TemporalError {
  return new TemporalError(
    `Temporal at ${address} does not answer any more: runs go on there when it is back; whether this command has still reached it, \`rekindle status\` shows then`,
  );
}

/** Asks the server anything, for as long as a person would wait. */
export async function doesAnswer({ connection, namespace }: Temporal): Promise<boolean> {
  const asks = () => connection.workflowService.describeNamespace({ namespace });
  return connection.withDeadline(Date.now() + answerTimeoutMs, asks).then(
    () => true,
    () => false,
  );
}

/** The TLS settings; undefined for plain text. */
function tlsOf({ connectionOptions: { tls, apiKey } }: TemporalSettings): TlsSettings | undefined {
  if (typeof tls === 'object' && tls !== null) return tls;
  return tls === true || (tls === undefined && apiKey !== undefined) ? {} : undefined;
}

/** The sentence for a Temporal that does not answer, or not to us. It never holds the key. */
export function unreachable(target: TemporalSettings, error: unknown): TemporalError {
  const { address, namespace } = target;
  const why = whyOf(target, error);
  const at = `Temporal unreachable at ${address}${why === '' ? '' : ` (${why})`}`;
  if (error instanceof NoGreeting && error.advice !== undefined) return new TemporalError(`${at}: ${error.advice}`);
  switch (grpcCode(error)) {
    case grpcNotFound:
      return new TemporalError(
        `Temporal at ${address} has no namespace ${namespace}: set TEMPORAL_NAMESPACE, ` +
          `or make it with \`temporal operator namespace create --namespace ${namespace}\``,
      );
    case grpcPermissionDenied:
    case grpcUnauthenticated:
      return new TemporalError(
        `Temporal at ${address} refuses this login for namespace ${namespace}${why === '' ? '' : ` (${why})`}: ` +
          'look at TEMPORAL_API_KEY, or at the client certificate, and at TEMPORAL_NAMESPACE',
      );
    default:
      return new TemporalError(
        `${at}: start it (for a trial: \`temporal server start-dev\`), set TEMPORAL_ADDRESS, ` +
          'or let `rekindle recover PLAN --embedded` bring its own',
      );
  }
}

function whyOf({ connectionOptions: { apiKey } }: TemporalSettings, error: unknown): string {
  const told = [error, error instanceof Error ? error.cause : undefined].find((each) => isGrpcServiceError(each));
  const text = told?.details || (error instanceof Error ? error.message : '');
  const line = text.split('\n')[0] ?? '';
  return typeof apiKey === 'string' && apiKey !== '' ? line.replaceAll(apiKey, '…') : line;
}

function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && isGrpcServiceError(error.cause) ? error.cause.code : undefined;
}

/**
 * Makes sure that the namespace knows our search attributes. Returns why not, in words, where the server does not let
 * this process do it: runs then go on without them, and lists find runs by their memo only.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<string | undefined> {
  const wanted = Object.values(searchAttributeNames);
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = wanted.filter((name) => known.customAttributes[name] === undefined);
    if (missing.length === 0) return undefined;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, indexedValueTypeKeyword]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    return undefined;
  } catch (error) {
    if (hasCode(error) && error.code === grpcAlreadyExists) return undefined;
    return whyNot(error, wanted, namespace);
  }
}

function whyNot(error: unknown, wanted: readonly string[], namespace: string): string {
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
  if (!hasCode(error) || (error.code !== grpcPermissionDenied && error.code !== grpcUnauthenticated)) return said;
  return (
    `this login may not add search attributes (${said}): let somebody who may do it once, ` +
    `\`temporal operator search-attribute create --namespace ${namespace} ${wanted.map((name) => `--name ${name} --type Keyword`).join(' ')}\``
  );
}

function hasCode(error: unknown): error is { readonly code: unknown } {
  return typeof error === 'object' && error !== null && 'code' in error;
}

/** Link to one run's page in Temporal's UI, where its current details stand; undefined where nobody said where the UI is. */
export function runLink(
  uiUrl: string | undefined,
  namespace: string,
  workflowId: string,
  runId?: string,
): string | undefined {
  if (uiUrl === undefined) return undefined;
  const run = runId === undefined ? '' : `/${runId}/user-metadata`;
  return `${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}${run}`;
}
