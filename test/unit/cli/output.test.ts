import { describe, expect, it } from 'vitest';
import { createOutput } from '../../../src/cli/output.ts';

const escape = String.fromCharCode(27);

function streams(isTTY: boolean, rows = 24) {
  const written: string[] = [];
  const stream = (name: string) => ({
    isTTY,
    rows,
    columns: 80,
    write: (text: string) => written.push(`${name} ${text}`),
  });
  return { written, output: createOutput({ noColor: false }, { stdout: stream('out'), stderr: stream('err') }) };
}

describe('the output of a command', () => {
  it('keeps results and notes apart, and draws nothing in a pipe', () => {
    const { written, output } = streams(false);

    output.note('begins');
    output.draw(['1', '2']);
    output.result('{}');

    expect(written).toEqual(['err begins\n', 'out {}\n']);
    expect(output.colours.red('x')).toBe('x');
  });

  it('replaces a block in a terminal, and puts a note above it', () => {
    const { written, output } = streams(true);

    output.draw(['1', '2']);
    output.draw(['3']);
    output.note('news');
    output.draw(['4']);

    expect(written).toEqual([
      `err ${escape}[0J${escape}[?7l1\n2\n${escape}[?7h`,
      `err ${escape}[2A${escape}[0J${escape}[?7l3\n${escape}[?7h`,
      `err ${escape}[1A${escape}[0J`,
      'err news\n',
      `err ${escape}[0J${escape}[?7l4\n${escape}[?7h`,
    ]);
  });

  it('leaves the last block standing before a result', () => {
    const { written, output } = streams(true);

    output.draw(['page']);
    output.result('report');
    output.note('done');

    expect(written.slice(1)).toEqual(['out report\n', 'err done\n']);
  });

  it('cuts a block that is higher than the terminal, unless that does not know its height', () => {
    const low = streams(true, 3);
    low.output.draw(['1', '2', '3', '4']);
    const unknown = streams(true, 0);
    unknown.output.draw(['1', '2', '3', '4']);

    expect(low.written.join()).not.toContain('3');
    expect(unknown.written.join()).toContain('4');
  });

  it('has no colour where NO_COLOR says so', () => {
    const terminal = { isTTY: true, write: () => true };

    expect(createOutput({ noColor: true }, { stdout: terminal, stderr: terminal }).colours.red('x')).toBe('x');
    expect(createOutput({ noColor: false }, { stdout: terminal, stderr: terminal }).colours.red('x')).toBe(
      `${escape}[31mx${escape}[39m`,
    );
  });
});
