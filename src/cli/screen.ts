/** Redraws a block of lines in place. Only for a terminal. */
export class Screen {
  private drawn = 0;
  private readonly write: (text: string) => unknown;
  private readonly rows: () => number;

  constructor(write: (text: string) => unknown, rows: () => number) {
    this.write = write;
    this.rows = rows;
  }

  /** Replaces what was drawn before. A block that is higher than the terminal is cut, or it could not be replaced. */
  draw(lines: readonly string[]): void {
    const fitting = lines.slice(0, Math.max(this.rows() - 1, 1));
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A` : '';
    // Without line wrap (?7l) one line is one row, whatever its length.
    this.write(`${up}\u001b[0J\u001b[?7l${fitting.map((line) => `${line}\n`).join('')}\u001b[?7h`);
    this.drawn = fitting.length;
  }

  /** What is drawn now stays; the next block goes below. */
  settle(): void {
    this.drawn = 0;
  }

  /** Takes the block away, so that other lines can be written. */
  clear(): void {
    if (this.drawn > 0) this.write(`\u001b[${this.drawn}A\u001b[0J`);
    this.drawn = 0;
  }
}
