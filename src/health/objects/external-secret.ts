import { degraded } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { notSyncedYet } from '../external-secrets.ts';

/** Ready=True, but there is no Secret: it was deleted with its source, or the one to be merged into is not there. */
const withoutSecret: readonly string[] = ['SecretDeleted', 'SecretMissing', 'ResourceDeleted', 'ResourceMissing'];

/** The Secret is there, made of this generation. What fails is tried again: Argo CD calls it Degraded for good. Source: external-secrets 2.9, apis/externalsecrets/v1 and v1beta1 externalsecret_types.go. */
export const externalSecret: KindRule = {
  group: 'external-secrets.io',
  kind: 'ExternalSecret',
  assess(object) {
    const ready = byReady(object, { writer: 'external-secrets' });
    if (withoutSecret.includes(ready.reason)) return degraded(ready.reason, `there is no Secret (${ready.message})`);
    return ready.verdict === 'Healthy' ? (notSyncedYet(object) ?? ready) : ready;
  },
};
