import { healthy } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';
import { helmVerdict, isHelmRecord } from '../helm-release.ts';

/** It is there; Helm's records of releases tell by their labels how it went. What is in a Secret is never looked at. */
export const secret: KindRule = {
  group: '',
  kind: 'Secret',
  needs: [{ apiVersion: 'v1', kind: 'Secret' }],
  assess: (object, related, now) =>
    isHelmRecord(object) ? helmVerdict(object, related, now) : healthy('Exists', 'its kind has no status'),
};
