/** Decides when a worker dies, and which: the one that is in the middle of the chosen tier. */
import type { Waiting } from '../../model/run.ts';
import { tierNames, type TierName } from '../../model/tiers.ts';

export interface KillPoint {
  readonly tier: TierName;
  /** How long the tier has been waiting by then. */
  readonly afterMs: number;
}

/** A worker that was killed, and who went on. */
export interface Killed {
  readonly worker: string;
  readonly at: string;
  readonly tier: TierName;
  readonly step?: string;
  readonly wentOn?: { readonly worker: string; readonly at: string; readonly seconds: number };
}

/** Watches the waits of a run. Kills once; a tier that is over too soon leaves it to the next one that waits. */
export class Killer {
  killed: Killed | undefined;
  private waitingSince: number | undefined;
  private readonly point: KillPoint;
  private readonly kill: (worker: string) => boolean;

  /** `kill` answers whether that worker was there to be killed. */
  constructor(point: KillPoint, kill: (worker: string) => boolean) {
    this.point = point;
    this.kill = kill;
  }

  /** Judges one look. Returns a sentence when something happened. */
  look(waits: readonly Waiting[], now: Date): string | undefined {
    return this.killed === undefined ? this.maybeKill(waits, now) : this.maybeWentOn(this.killed, waits);
  }

  private maybeKill(waits: readonly Waiting[], now: Date): string | undefined {
    const wait = waits.find(
      (one) => one.tier !== undefined && tierNames.indexOf(one.tier) >= tierNames.indexOf(this.point.tier),
    );
    if (wait?.tier === undefined) return undefined;
    this.waitingSince ??= now.getTime();
    if (now.getTime() - this.waitingSince < this.point.afterMs || !this.kill(wait.worker)) return undefined;
    const { worker, tier, step } = wait;
    this.killed = { worker, at: now.toISOString(), tier, ...(step === undefined ? {} : { step }) };
    return `SIGKILL to worker ${worker}, in the middle of ${[tier, step].filter((part) => part !== undefined).join('/')}`;
  }

  private maybeWentOn(killed: Killed, waits: readonly Waiting[]): string | undefined {
    if (killed.wentOn !== undefined) return undefined;
    const wait = waits.find((one) => one.worker !== killed.worker && one.at > killed.at && one.step === killed.step);
    if (wait === undefined) return undefined;
    const seconds = (Date.parse(wait.at) - Date.parse(killed.at)) / 1000;
    this.killed = { ...killed, wentOn: { worker: wait.worker, at: wait.at, seconds } };
    return `worker ${wait.worker} went on after ${seconds.toFixed(1)} s`;
  }
}
