import { describe, expect, it } from 'vitest';
import type { Shared } from '../../../activities/deps.ts';
import { refuseOwnCluster } from '../../../activities/drill-place.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { LedgerRun } from '../../../src/recovery/ledger.ts';
import { fakeKube } from '../../support/fake-kube.ts';

const { signal } = new AbortController();
const left = { cluster: { context: 'practice', uid: 'uid-practice' } } as LedgerRun;

function cluster(uid: string): KubeClient {
  return fakeKube({ objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid } }] });
}

/** What is said of the drill's cluster, where the site's own is this. */
function refusal(own: KubeClient | undefined, provenBy?: LedgerRun): Promise<string> {
  const clusters = { contexts: own ? ['dr-east'] : [], client: () => own };
  const drill = { context: 'practice', uid: 'uid-practice', provenBy };
  return refuseOwnCluster({ clusters } as unknown as Shared, drill, 'dr-east', signal).then(
    () => 'not refused',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const silent = fakeKube({ forbiddenKinds: ['Namespace'] });

describe('the cluster of a drill', () => {
  it('is another one than the site’s own, which has to show it', async () => {
    expect(await refusal(cluster('uid-live'))).toBe('not refused');
    expect(await refusal(silent)).toContain("the site's own cluster dr-east does not answer");
    expect(await refusal(undefined)).toContain('this worker knows no context dr-east');
  });

  it('is shown by an earlier drill’s ledger where the site’s own is lost', async () => {
    expect(await refusal(silent, left)).toBe('not refused');
    expect(await refusal(undefined, left)).toBe('not refused');
  });

  it('is never the site’s own, whatever a ledger says', async () => {
    expect(await refusal(cluster('uid-practice'), left)).toContain("is the site's own cluster dr-east");
  });

  it('is not shown by a ledger of another cluster', async () => {
    const other = { cluster: { context: 'practice', uid: 'uid-other' } } as LedgerRun;

    expect(await refusal(silent, other)).toContain('does not answer');
    expect(await refusal(undefined, other)).toContain('knows no context dr-east');
  });
});
