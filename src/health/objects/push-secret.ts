import type { KindRule } from '../assess.ts';
import { byReady } from '../by-status.ts';
import { notSyncedYet } from '../external-secrets.ts';

/** Written to every store, of this generation. What fails is tried again. Source: external-secrets 2.9, apis/externalsecrets/v1alpha1/pushsecret_types.go. */
export const pushSecret: KindRule = {
  group: 'external-secrets.io',
  kind: 'PushSecret',
  assess(object) {
    const ready = byReady(object, { writer: 'external-secrets' });
    return ready.verdict === 'Healthy' ? (notSyncedYet(object) ?? ready) : ready;
  },
};
