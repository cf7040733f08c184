/** The UI puts a run's details into an address, which a proxy in between may refuse when it is long: bytes. */
export const detailsLimit = 2000;

/** Text for a table's cell or a line of a list. */
export const cell = (text: string) => text.replaceAll('|', '/').replaceAll('\n', ' ');

export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}
