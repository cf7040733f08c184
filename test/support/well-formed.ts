/** A strict XML parser, and what it found: elements in order. Throws where the text is not well-formed. */
import { SaxesParser } from 'saxes';

export interface Element {
  readonly name: string;
  readonly attributes: { readonly [name: string]: string };
  /** Of the elements around it, outermost first. */
  readonly within: readonly string[];
  text: string;
}

export function wellFormed(xml: string): readonly Element[] {
  const parser = new SaxesParser();
  const found: Element[] = [];
  const open: Element[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes, within: open.map((outer) => outer.name), text: '' };
    found.push(element);
    open.push(element);
  });
  parser.on('text', (text) => {
    const inner = open.at(-1);
    if (inner) inner.text += text;
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.write(xml).close();
  return found;
}
