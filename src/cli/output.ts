/** Where a command writes: results to standard output, everything else to standard error. */
import pc from 'picocolors';
import type { Config } from '../config.ts';
import { Screen } from './screen.ts';

export type Colours = ReturnType<typeof pc.createColors>;

export interface Output {
  /** The result: what a script reads. */
  result(text: string): void;
  /** Progress, hints, warnings: what a person reads. Goes above a block that is drawn. */
  note(text: string): void;
  /** A block of lines that replaces the one before. Only where somebody watches; else nothing. */
  draw(lines: readonly string[]): void;
  /** The block that is drawn now stays; what comes goes below it. */
  settle(): void;
  /** Somebody watches: both streams are a terminal. */
  readonly watched: boolean;
  /** Columns to draw in. */
  readonly columns: number;
  readonly colours: Colours;
}

/** One stream of this process, as far as an Output needs it. */
interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Streams {
  readonly stdout: Stream;
  readonly stderr: Stream;
}

/** Colours only in a terminal and only without NO_COLOR. */
export function createOutput(config: Pick<Config, 'noColor'>, streams: Streams = process): Output {
  const { stdout, stderr } = streams;
  const watched = stderr.isTTY === true && stdout.isTTY === true;
  // A terminal that does not know its size says 0.
  const screen = new Screen(
    (text) => stderr.write(text),
    () => stderr.rows || 50,
  );
  return {
    result: (text) => {
      screen.settle();
      stdout.write(`${text}\n`);
    },
    note: (text) => {
      screen.clear();
      stderr.write(`${text}\n`);
    },
    draw: (lines) => {
      if (watched) screen.draw(lines);
    },
    settle: () => screen.settle(),
    watched,
    columns: stderr.columns || 120,
    colours: pc.createColors(watched && !config.noColor),
  };
}
