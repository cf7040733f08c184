/** Reaching Temporal: the client's connection, and the search attributes that a run is found by. */
import { connect as connectSocket } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { loadTemporalSettings, type Config, type TemporalSettings } from './config.ts';
import { searchAttributeNames } from './model/run.ts';
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
const indexedValueTypeKeyword = 2; // temporal.api.enums.v1.IndexedValueType
const grpcAlreadyExists = 6;
const grpcNotFound = 5;
const grpcPermissionDenied = 7;
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
  try {
    await reachable(target.address);
    const options = { ...target.connectionOptions, address: target.address, connectTimeout: connectTimeoutMs };
    const connection = await Connection.connect(options);
    await insistOnNamespace(connection, target);
    const client = new Client({ connection, namespace: target.namespace, identity: config.user });
    return {
      client,
      connection,
      address: target.address,
      namespace: target.namespace,
      ...(target.uiUrl === undefined ? {} : { uiUrl: target.uiUrl }),
      close: () => connection.close(),
    };
  } catch (error) {
    throw error instanceof TemporalError ? error : unreachable(target.address, error);
  }
}

/** A namespace that is not there is said by name; anything else, such as a login that may not ask, is left to what follows. */
async function insistOnNamespace(connection: Connection, { address, namespace }: TemporalSettings): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!hasCode(error) || error.code !== grpcNotFound) return;
    await connection.close();
    throw new TemporalError(
      `Temporal at ${address} has no namespace ${JSON.stringify(namespace)}: make it (\`temporal operator namespace create --namespace ${namespace}\`), or set TEMPORAL_NAMESPACE to one that is there`,
    );
  }
}

/** The sentence for a Temporal that does not answer. */
export function unreachable(address: string, error: unknown): TemporalError {
  const why = error instanceof Error && error.message !== '' ? ` (${error.message.split('\n')[0]})` : '';
  return new TemporalError(
    `Temporal unreachable at ${address}${why}: start it (for a trial: \`temporal server start-dev\`), set TEMPORAL_ADDRESS, ` +
      'or let `rekindle recover PLAN --embedded` bring its own',
  );
}

/** gRPC hides a refused connection behind a deadline; a plain socket says it at once. */
async function reachable(address: string): Promise<void> {
  const target = new URL(address.includes('://') ? address : `grpc://${address}`);
  const port = Number(target.port || '7233');
  await new Promise<void>((resolve, reject) => {
    const socket = connectSocket({ host: target.hostname.replace(/^\[|\]$/g, ''), port });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error(`no answer for ${connectTimeoutMs / 1000} s`)));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => reject(new Error(plain(error))));
  });
}

function plain(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'no such host';
    default:
      return error.message || error.code || 'no connection';
  }
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
