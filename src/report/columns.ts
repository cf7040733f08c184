/** Columns of plain text. Pure. */

// Made by code: a control character inside a pattern literal is easily lost, and linters refuse it.
const colourCodes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

/** Characters that one sees, without colour codes. */
export function visibleLength(text: string): number {
  return text.replace(colourCodes, '').length;
}

/** Aligns rows to the left, two spaces between columns; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.slice(0, -1).entries())
      widths[index] = Math.max(widths[index] ?? 0, visibleLength(cell));
  }
  return rows.map((row) => {
    const cells = row.map((cell, index) =>
      index === row.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - visibleLength(cell)),
    );
    return (indent + cells.join('  ')).trimEnd();
  });
}

/** Cuts a line to what one sees of it in `width` characters; a line with colours is left whole. */
export function cut(line: string, width: number): string {
  if (visibleLength(line) <= width || line.includes(String.fromCharCode(27))) return line;
  return `${line.slice(0, Math.max(width - 1, 0))}…`;
}
