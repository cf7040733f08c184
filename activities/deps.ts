import type { Client } from '@temporalio/client';
import type { Log } from '../src/drivers/driver.ts';
import type { ClusterSource } from '../src/kube/clusters.ts';
import { WatchHubs } from '../src/kube/watch-hub.ts';
import { Cache, type SessionDeps } from '../src/recovery/session.ts';
import { type ActingDeps, ReasonTeller } from './acting.ts';

/** What a worker hands to its activities. */
export interface ActivityDeps {
  readonly clusters: ClusterSource;
  readonly plansFolder: string;
  /** Unique for each worker process. */
  readonly identity: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly uiUrl?: string };
  readonly client: Client;
  /** Whether the search attributes are registered: a run without them goes on, and says so. */
  readonly searchAttributes: boolean;
  readonly log: Log;
}

/** The same with what the activities of one worker share. */
export interface Shared extends ActivityDeps, SessionDeps, ActingDeps {}

/** Adds caches, watches and the one teller of reasons. */
export function share(deps: ActivityDeps): Shared {
  const watches = new WatchHubs((message, fields) => deps.log.warn(message, fields));
  return { ...deps, cache: new Cache(), watches, teller: new ReasonTeller(deps.client) };
}
