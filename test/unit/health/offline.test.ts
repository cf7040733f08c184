import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { health } from '../../../src/cli/health.ts';
import { CliError } from '../../../src/cli/cli-error.ts';
import { createOutput } from '../../../src/cli/output.ts';
import { duplicateKey } from '../../../src/health/json-keys.ts';
import { judgeInputs } from '../../../src/health/offline.ts';

const now = new Date('2026-11-20T12:00:00Z');

function judge(text: string | Uint8Array, name = 'objects.yaml') {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return judgeInputs([{ name, bytes }], now);
}

const map = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' } });

describe('judging files', () => {
  it('answers one line for each document, whatever it is, in its order', () => {
    const text = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: shop}
---
just text
---
{kind: Widget}
---
# nothing but a comment
---
apiVersion: widgets.example/v1
kind: Widget
metadata: {name: w}
`;

    expect(judge(text)).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace: 'shop',
        name: 'a',
        verdict: 'Healthy',
        reason: 'Exists',
        message: expect.any(String),
      },
      {
        apiVersion: null,
        kind: null,
        namespace: null,
        name: null,
        verdict: 'Unknown',
        reason: 'NotAnObject',
        message: 'is a string, expected a Kubernetes object',
      },
      {
        apiVersion: null,
        kind: 'Widget',
        namespace: null,
        name: null,
        verdict: 'Unknown',
        reason: 'NotAnObject',
        message: 'has no apiVersion: expected a Kubernetes object',
      },
      {
        apiVersion: 'widgets.example/v1',
        kind: 'Widget',
        namespace: null,
        name: 'w',
        verdict: 'Unknown',
        reason: 'NoStatus',
        message: expect.any(String),
      },
    ]);
  });

  it('unpacks lists, nested and typed ones too', () => {
    const pods = {
      apiVersion: 'v1',
      kind: 'PodList',
      items: [{ metadata: { name: 'p', namespace: 'shop' }, status: { phase: 'Succeeded' } }],
    };
    const list = { apiVersion: 'v1', kind: 'List', items: [map('a'), pods, map('b')] };

    expect(judge(JSON.stringify(list)).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      'ConfigMap/a',
      'Pod/p',
      'ConfigMap/b',
    ]);
  });

  it('keeps a custom kind whose name ends in List but that is none', () => {
    const text = '{"apiVersion":"x.example/v1","kind":"AllowList","metadata":{"name":"a"},"items":[1]}';

    expect(judge(text)).toMatchObject([{ kind: 'AllowList', name: 'a' }]);
  });

  it('reads one JSON object on each line, and a JSON array', () => {
    expect(judge(`${JSON.stringify(map('a'))}\n${JSON.stringify(map('b'))}\n`)).toHaveLength(2);
    expect(judge(JSON.stringify([map('a'), map('b'), 3]))).toHaveLength(3);
  });

  it('explains a Deployment by the pods beside it, also from another file', () => {
    const deployment = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, generation: 1}, spec: {replicas: 1, selector: {matchLabels: {app: web}}}, status: {observedGeneration: 1, replicas: 1, updatedReplicas: 1}}`;
    const pod = `{apiVersion: v1, kind: Pod, metadata: {name: web-x, namespace: shop, labels: {app: web}}, status: {phase: Pending, containerStatuses: [{name: web, state: {waiting: {reason: ErrImagePull}}}]}}`;
    const inputs = [deployment, pod].map((text, index) => ({
      name: `${index}.yaml`,
      bytes: new TextEncoder().encode(text),
    }));

    const [alone] = judgeInputs(inputs.slice(0, 1), now);
    const [together] = judgeInputs(inputs, now);

    expect(alone).toMatchObject({ verdict: 'Progressing', reason: 'LessAvailable' });
    expect(together).toMatchObject({
      verdict: 'Degraded',
      reason: 'ErrImagePull',
      message: '0 of 1 replicas available (pod web-x: ErrImagePull in container web)',
    });
  });

  it.each<readonly [string, string | Uint8Array, string]>([
    ['an empty input', '', 'objects.yaml is empty: expected Kubernetes objects as YAML or JSON'],
    ['nothing but comments', '# a\n---\n# b\n', 'objects.yaml is empty: expected Kubernetes objects as YAML or JSON'],
    ['a YAML error', 'a: 1\nb: [1\nc: 2\n', 'objects.yaml:3:1: not valid YAML'],
    [
      'a key that stands twice',
      'kind: A\nmetadata: {name: a}\nkind: B\n',
      'objects.yaml:3:1: a key stands twice in one mapping; leave one',
    ],
    [
      'a JSON key that stands twice',
      '{"kind": "A",\n "metadata": {"name": "a"},\n "k\\u0069nd": "B"}',
      'objects.yaml:3: the key "kind" stands twice in one object; leave one',
    ],
    ['JSON that was cut off', '{"kind": "A",\n "metadata": {"na', 'objects.yaml:2:'],
    [
      'a binary',
      new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0]),
      'objects.yaml is not text (byte 4 is zero): expected YAML or JSON in UTF-8',
    ],
    ['a compressed file', new Uint8Array([0x1f, 0x8b, 8, 0]), 'objects.yaml is compressed with gzip: unpack it first'],
    [
      'another encoding',
      new Uint8Array([0x6b, 0xff, 0xfe]),
      'objects.yaml is not text in UTF-8: expected YAML or JSON',
    ],
    [
      'aliases that unfold without end',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      'objects.yaml: Excessive alias count',
    ],
  ])('refuses %s in one sentence', (_what, text, sentence) => {
    expect(() => judge(text)).toThrow(sentence);
  });
});

describe('odd input', () => {
  it.each(['{kind: List}', '{kind: List, items: }', '{apiVersion: apps/v1, kind: DeploymentList, items: null}'])(
    'a list without items, %s, holds no object',
    (text) => {
      expect(judge(text)).toEqual([]);
    },
  );

  it('an entry that is null is nothing; a kind of one’s own that ends in List is an object', () => {
    expect(judge('[null]')).toMatchObject([{ message: 'is nothing, expected a Kubernetes object' }]);
    expect(judge('{apiVersion: a.example/v1, kind: AllowList}')).toMatchObject([{ kind: 'AllowList' }]);
  });

  it.each(['.inf', '-.inf', '.nan', '-1', '1.5', '"3"'])('replicas: %s is judged Unknown', (replicas) => {
    const text = `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: ${replicas}}, status: {replicas: 1}}`;

    expect(judge(text)).toMatchObject([
      { verdict: 'Unknown', message: expect.stringContaining('spec.replicas is not a whole number of 0 or more') },
    ]);
  });

  it('infinite counts and generations are as if they were not there', () => {
    const lines = judge(
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, generation: .inf}\nspec: {replicas: 2}\nstatus: {replicas: .inf, observedGeneration: -.inf}',
    );

    expect(lines).toHaveLength(1);
    expect(lines[0]?.message).not.toContain('Infinity');
    expect(lines[0]?.verdict).toBe('Progressing');
  });
});

describe('keys that stand twice in JSON', () => {
  it('are told apart by the object they stand in', () => {
    expect(duplicateKey('{"a":{"b":1},"b":[{"b":1},{"b":"a:b"}]}')).toBeUndefined();
    expect(duplicateKey('{"a":{"b":1,\n"c":"\\"}","b":2}}')).toEqual({ key: 'b', line: 2 });
  });
});

describe('rekindle health', () => {
  async function run(options: Parameters<typeof health>[0], text = '', terminal = false) {
    const [out, notes]: [string[], string[]] = [[], []];
    const stream = (into: string[]) => ({
      write: (written: string) => into.push(written),
      isTTY: terminal,
      columns: 100,
    });
    const output = createOutput({ noColor: true }, { stdout: stream(out), stderr: stream(notes) });
    await health(options, output, Readable.from([new TextEncoder().encode(text)]));
    return { out: out.join(''), notes: notes.join('') };
  }

  it('prints JSON lines in a pipe and a table in a terminal, unless told', async () => {
    const text = JSON.stringify(map('a'));

    const piped = await run({ filename: ['-'] }, text);
    const shown = await run({ filename: ['-'] }, text, true);
    const told = await run({ filename: ['-'], output: 'json' }, text, true);

    expect(JSON.parse(piped.out)).toMatchObject({ kind: 'ConfigMap', namespace: 'shop', verdict: 'Healthy' });
    expect(told.out).toBe(piped.out);
    expect(shown.out).toMatch(/^OBJECT +NAMESPACE +VERDICT +REASON +MESSAGE\nConfigMap\/a +shop +Healthy +Exists/u);
  });

  it('lets no control characters of a file through to the terminal', async () => {
    const text = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n' },
      status: { conditions: [{ type: 'Ready', status: 'False', message: '\u001B[2Jgone' }] },
    });

    const { out } = await run({ filename: ['-'], output: 'table' }, text);

    expect(out).not.toContain('\u001B');
    expect(out).toContain('[2Jgone');
  });

  it('says that an empty list held nothing', async () => {
    const { out, notes } = await run({ filename: ['-'] }, '{"apiVersion":"v1","kind":"List","items":[]}');

    expect(out).toBe('');
    expect(notes).toBe('the list is empty: nothing to judge\n');
  });

  it.each<readonly [string, readonly string[], string]>([
    ['no file', [], 'nothing to judge: name a file with -f, or - for standard input'],
    ['standard input twice', ['-', '-'], 'standard input (-f -) can be read only once; name it once'],
    ['a file that is not there', ['none/such.yaml'], 'cannot read none/such.yaml: there is no such file'],
    ['a folder', ['.'], 'cannot read .: it is a folder; name the files in it'],
  ])('refuses %s with exit code 2', async (_what, filename, message) => {
    await expect(run({ filename })).rejects.toThrow(new CliError(message));
    await expect(run({ filename })).rejects.toMatchObject({ exitCode: 2 });
  });
});
