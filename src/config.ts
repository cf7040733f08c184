/**
 * The only reader of the environment. Everything else is handed a `Config`.
 *
 * Temporal's own variables and profiles (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS, API key)
 * are read by `@temporalio/envconfig`, so that `rekindle` and the `temporal` command line agree.
 */
import { homedir, hostname, userInfo } from 'node:os';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { loadClientConfigProfile, toClientOptions, type ClientConnectConfig } from '@temporalio/envconfig';

/** Wrong or missing configuration: the message is one sentence for a person. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The variables of a process, as `process.env` gives them. */
export type Environment = { readonly [name: string]: string | undefined };

/** What this process was told by its environment; every path is absolute. */
export interface Config {
  /** `REKINDLE_PLANS`, else `./plans`: the folder in which a run finds its plan by name. */
  readonly plansFolder: string;
  /**
   * `REKINDLE_KUBECONFIG`, else `KUBECONFIG`: files joined by colons, as kubectl has it. Absent: the Kubernetes library's
   * default (`~/.kube/config`, or the pod's own account).
   */
  readonly kubeconfig?: string;
  /** `REKINDLE_STATE`, else `./.rekindle`: reports, the embedded server's database, logs. */
  readonly stateDir: string;
  /** `$XDG_CACHE_HOME/rekindle`, else `~/.cache/rekindle`: things that can be fetched again. */
  readonly cacheDir: string;
  /** `TEMPORAL_CLI`: the Temporal command line to start the embedded server with. */
  readonly temporalCli?: string;
  /** `REKINDLE_UI_URL`: where Temporal's UI is, for links; known by itself for the embedded server. */
  readonly uiUrl?: string;
  /** The folders of `PATH`. */
  readonly path: readonly string[];
  /** `user@host`: who decides, when nobody says it by `--by`. */
  readonly user: string;
  readonly host: string;
  /** `NO_COLOR` is set and not empty. */
  readonly noColor: boolean;
  /** All variables: for child processes, and for Temporal's own settings. */
  readonly environment: Environment;
}

/** Reads the environment; relative paths count from `cwd`. Throws a ConfigError. */
export function loadConfig(env: Environment = process.env, cwd: string = process.cwd()): Config {
  const home = env.HOME || homedir();
  const at = (path: string): string => resolve(cwd, path);
  const kubeconfig = (env.REKINDLE_KUBECONFIG || env.KUBECONFIG || '')
    .split(delimiter)
    .filter((file) => file !== '')
    .map(at)
    .join(delimiter);
  const cacheHome = env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME) ? env.XDG_CACHE_HOME : join(home, '.cache');
  return {
    plansFolder: at(env.REKINDLE_PLANS || 'plans'),
    ...(kubeconfig === '' ? {} : { kubeconfig }),
    stateDir: at(env.REKINDLE_STATE || '.rekindle'),
    cacheDir: join(cacheHome, 'rekindle'),
    ...(env.TEMPORAL_CLI ? { temporalCli: at(env.TEMPORAL_CLI) } : {}),
    ...(env.REKINDLE_UI_URL ? { uiUrl: uiAddress(env.REKINDLE_UI_URL, 'REKINDLE_UI_URL') } : {}),
    path: (env.PATH ?? '').split(delimiter).filter((folder) => isAbsolute(folder)),
    user: `${env.USER || env.LOGNAME || userName()}@${hostname()}`,
    host: hostname(),
    noColor: Boolean(env.NO_COLOR),
    environment: env,
  };
}

/** The address of Temporal's UI, without a slash at its end. Throws a ConfigError that names where it was given. */
export function uiAddress(text: string, from: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '');
  throw new ConfigError(
    `${from} is ${JSON.stringify(text)}, no address of a page: write it like https://temporal.example:8080`,
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown'; // a uid without an entry in the user database, as in many containers
  }
}

/** Where Temporal is, and whether somebody said so: `named` is false when it is only the default address. */
export interface TemporalSettings extends ClientConnectConfig {
  readonly address: string;
  readonly namespace: string;
  readonly named: boolean;
}

/** Temporal's settings from `TEMPORAL_*` and its profile file. Throws a ConfigError when they cannot be read. */
export function loadTemporalSettings(config: Config): TemporalSettings {
  const { connectionOptions, namespace } = readTemporal(temporalVariables(config.environment));
  const { address, tls, apiKey } = connectionOptions;
  return {
    connectionOptions:
      typeof apiKey === 'string' ? { ...connectionOptions, apiKey: usable(apiKey) } : connectionOptions,
    address: address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
    // Who set up a login means a server of his own, not the embedded one.
    named: address !== undefined || Boolean(tls) || apiKey !== undefined,
  };
}

/** Without the empty ones: compose files and pods hand on what is not set as an empty text. */
function temporalVariables(environment: Environment): Record<string, string> {
  const set = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || (value === '' && !name.startsWith('TEMPORAL_GRPC_META_')) ? [] : [[name, value] as const],
  );
  return Object.fromEntries(set);
}

function readTemporal(overrideEnvVars: Record<string, string>): ClientConnectConfig {
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars });
    const { clientCert, clientKey } = profile.tls ?? {};
    if ((clientCert === undefined) !== (clientKey === undefined))
      throw new ConfigError(
        clientKey === undefined
          ? 'a client certificate without its key: set TEMPORAL_TLS_CLIENT_KEY_PATH too'
          : 'the key of a client certificate without the certificate: set TEMPORAL_TLS_CLIENT_CERT_PATH too',
      );
    return toClientOptions(profile);
  } catch (error) {
    throw new ConfigError(
      `Temporal's settings cannot be read (${whyUnread(error)}): look at the TEMPORAL_* variables and at the profile file`,
    );
  }
}

/** The first line alone: a TOML error goes on with the lines around the mistake, and a key may stand there. */
function whyUnread(error: unknown): string {
  if (error instanceof TypeError) return 'the profile file holds no table [profile.NAME]';
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0] ?? text;
}

/** Keys come out of files with a line break at the end; gRPC would refuse that, and print the key. */
function usable(apiKey: string): string {
  const key = apiKey.trim();
  if (key === '' || /[^\x21-\x7e]/.test(key))
    throw new ConfigError(
      'TEMPORAL_API_KEY (or api_key in the profile) is no key: it is blank or holds spaces or line breaks',
    );
  return key;
}
