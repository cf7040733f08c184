/** HTML pages that stand alone: nothing is loaded, nothing runs, every text is escaped. Pure. */

/** Markup; everything else that goes into a page is text and is escaped. */
export interface Html {
  readonly html: string;
}

const style = `
  :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --quiet: #59636e; --line: #d8dee4; --good: #1a7f37; --bad: #b3261e; --odd: #8a5a00; }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: var(--ink); background: var(--paper); overflow-wrap: break-word; }
  h1 { font-size: 1.5em; margin-bottom: .2em; } h2 { font-size: 1.15em; margin-top: 2em; } h3 { font-size: 1em; margin: 1.4em 0 .4em; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; vertical-align: top; padding: .3em .6em; border-bottom: 1px solid var(--line); }
  th { font-weight: 600; } td { overflow-wrap: anywhere; } td.number { text-align: right; white-space: nowrap; } .whole { white-space: nowrap; } .quiet { color: var(--quiet); }
  .badge { display: inline-block; padding: 0 .6em; border-radius: 1em; color: #fff; font-weight: 600; }
  .block, .blocked { background: var(--bad); } .warn, .warnings { background: var(--odd); } .info { background: #59636e; } .clear { background: var(--good); }
  summary { cursor: pointer; } code { font-family: ui-monospace, monospace; font-size: .92em; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #14181d; --quiet: #9198a1; --line: #30363d; } }
`;

/** The whole page; `more` is style of its own. */
export function htmlPage(title: string, body: readonly string[], more = ''): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${style}${more}</style>
</head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body>
</html>`;
}

/** Text that may stand anywhere in a page, in attributes too. */
export function escaped(text: string): string {
  const entities: { readonly [character: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** Text or markup as markup. */
export function markup(cell: string | Html): string {
  return typeof cell === 'string' ? escaped(cell) : cell.html;
}

/** Text that no line may break: a duration, a time. */
export function unbroken(text: string): Html {
  return { html: `<span class="whole">${escaped(text)}</span>` };
}

/** More columns than this do not fit on a phone. */
const fitsOnPhone = 3;

/** A table; the rows of one with many columns become blocks on a phone, where each cell says what its column is called. */
export function htmlTable(head: readonly string[], rows: readonly (readonly (string | Html)[])[]): string {
  const cells = (row: readonly (string | Html)[]): string =>
    row.map((cell, index) => `<td data-label="${escaped(head[index] ?? '')}">${markup(cell)}</td>`).join('');
  return `<table${head.length > fitsOnPhone ? ' class="rows"' : ''}><thead><tr>${head.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n')}</tbody></table>`;
}
