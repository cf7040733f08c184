/** The parts of a drill: timed, told, interruptible, and undone in reverse. */
import { secondsText } from '../../report/text.ts';
import { CliError, sentenceOf } from '../cli-error.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';

export interface PartTime {
  readonly name: string;
  readonly seconds: number;
}

export class Parts {
  readonly times: PartTime[] = [];
  private readonly undoing: { readonly name: string; readonly undo: () => Promise<void> }[] = [];
  private readonly begun = performance.now();
  private readonly output: Output;
  private readonly signal: AbortSignal;

  constructor(output: Output, signal: AbortSignal) {
    this.output = output;
    this.signal = signal;
  }

  /** One line with the seconds since the beginning. */
  tell(line: string): void {
    const since = ((performance.now() - this.begun) / 1000).toFixed(1).padStart(6);
    this.output.note(`${this.output.colours.dim(`${since} s`)}  ${line}`);
  }

  /** Does a part. An interruption ends the drill at once, though the part may need its time to stop. */
  async part<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.interruptedYet();
    this.tell(`${this.output.colours.bold(name)} …`);
    const start = performance.now();
    try {
      const value = await this.unlessInterrupted(work());
      const seconds = (performance.now() - start) / 1000;
      this.times.push({ name, seconds: Math.round(seconds * 1000) / 1000 });
      this.tell(`${name}: ${secondsText(seconds)}`);
      return value;
    } catch (error) {
      if (error instanceof CliError) throw error;
      throw new CliError(`drill: ${name}: ${sentenceOf(error)}`, exitCodes.failed);
    }
  }

  /** To be done at the end, whatever happens; the last one first. */
  atEnd(name: string, undo: () => Promise<void>): void {
    this.undoing.push({ name, undo });
  }

  /** Undoes everything. A part that cannot be undone is told, and the others are undone all the same. */
  async end(): Promise<boolean> {
    let clean = true;
    for (const { name, undo } of this.undoing.reverse()) {
      const start = performance.now();
      try {
        await undo();
        this.tell(`${name}: ${secondsText((performance.now() - start) / 1000)}`);
      } catch (error) {
        clean = false;
        this.tell(this.output.colours.red(`${name} did not work: ${sentenceOf(error)}`));
      }
    }
    return clean;
  }

  private interruptedYet(): void {
    if (this.signal.aborted) throw interrupted();
  }

  private unlessInterrupted<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => reject(interrupted());
      this.signal.addEventListener('abort', onAbort, { once: true });
      work.then(resolve, reject).finally(() => this.signal.removeEventListener('abort', onAbort));
    });
  }
}

function interrupted(): CliError {
  return new CliError('the drill was interrupted', exitCodes.failed);
}
