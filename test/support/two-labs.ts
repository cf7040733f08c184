import type { LabInfo } from '../../lab/lab.ts';
import { bringJoinedLab, bringLab } from './lab.ts';

/** Two whole sites side by side; the second has the first one's bucket, read-only, and works on its storage pool. */
export interface TwoLabs {
  readonly first: LabInfo;
  readonly second: LabInfo;
  /** For both clusters, as KUBECONFIG takes it: the contexts are those of the two labs. */
  readonly kubeconfig: string;
  /** Takes the second down and leaves the first. */
  endSecond(): Promise<void>;
  /** Takes both down. */
  end(): Promise<void>;
}

/**
 * Brings two labs up. `fill` works on the first before the second comes: Backups that are there by then are known to the
 * second when this returns; of later ones it hears within a minute.
 */
export async function bringTwoLabs(fill: (first: LabInfo) => Promise<void>): Promise<TwoLabs> {
  const first = await bringLab('site');
  try {
    await fill(first.lab);
    const second = await bringJoinedLab(first.lab);
    return {
      first: first.lab,
      second: second.lab,
      kubeconfig: `${first.lab.kubeconfig}:${second.lab.kubeconfig}`,
      endSecond: () => second.end(),
      end: async () => {
        await second.end();
        await first.end();
      },
    };
  } catch (error) {
    await first.end();
    throw error;
  }
}
