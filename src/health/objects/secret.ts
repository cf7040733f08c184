import { helmRecordOf } from '../../kube/helm-record.ts';
import { healthy } from '../../model/verdict.ts';
import type { KindRule } from '../assess.ts';

/**
 * It is there. Judged by its metadata alone, as nothing more is fetched. Helm's records of releases are notes of the past,
 * which no waiting changes: one that failed before the disaster says nothing of what runs now, and is only told.
 */
export const secret: KindRule = {
  group: '',
  kind: 'Secret',
  assess({ metadata }) {
    const record = helmRecordOf(metadata.name, metadata.labels);
    if (record === undefined) return healthy('Exists', 'its kind has no status');
    const { release, revision, status } = record;
    return healthy('HelmRecord', `Helm's note of release ${release} revision ${revision}: ${status || 'no status'}`);
  },
};
