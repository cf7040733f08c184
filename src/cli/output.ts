/** Where a command writes: results to standard output, everything else to standard error. */
import pc from 'picocolors';
import type { Config } from '../config.ts';

export type Colours = ReturnType<typeof pc.createColors>;

export interface Output {
  /** The result: what a script reads. */
  result(text: string): void;
  /** Progress, hints, warnings: what a person reads. */
  note(text: string): void;
  /** Somebody watches: standard error is a terminal. */
  readonly watched: boolean;
  /** Columns to draw in. */
  readonly columns: number;
  readonly colours: Colours;
}

/** The streams of this process, as far as an Output needs them. */
export interface Streams {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

/** Colours only in a terminal and only without NO_COLOR. */
export function createOutput(config: Pick<Config, 'noColor'>, streams: Streams = process): Output {
  const watched = streams.stderr.isTTY === true && streams.stdout.isTTY === true;
  return {
    result: (text) => streams.stdout.write(`${text}\n`),
    note: (text) => streams.stderr.write(`${text}\n`),
    watched,
    columns: streams.stderr.columns ?? 120,
    colours: pc.createColors(watched && !config.noColor),
  };
}
