import { describe, expect, it } from 'vitest';
import { exec } from '../../../src/health/checks/exec.ts';
import { contextOf, execEnding, fakeKube, kubeError, pod } from './check-kube.ts';

const base = { podSelector: { app: 'orders-db' }, command: ['psql', '-tAc', 'select count(*) from orders'] };

function parse(more: object) {
  return exec.spec.parse({ ...base, ...more });
}

async function judge(more: object, stdout: string, exitCode = 0, cut = false) {
  const kube = fakeKube({ objects: [pod('orders-db-1')], exec: execEnding(stdout, exitCode, cut).exec });
  return exec.observe(contextOf(kube), parse(more));
}

describe('exec judges the command', () => {
  it.each([
    { expect: undefined, stdout: 'anything', verdict: 'Healthy' },
    { expect: { equals: '42' }, stdout: '42\n', verdict: 'Healthy' },
    { expect: { equals: '42' }, stdout: '421', verdict: 'Degraded' },
    { expect: { contains: 'PONG' }, stdout: '+PONG\r\n', verdict: 'Healthy' },
    { expect: { contains: 'PONG' }, stdout: 'LOADING', verdict: 'Degraded' },
    { expect: { matches: '^[1-9]\\d*$' }, stdout: 'rows\n17\n', verdict: 'Healthy' },
    { expect: { matches: '^[1-9]\\d*$' }, stdout: '0', verdict: 'Degraded' },
    { expect: { atLeast: 1 }, stdout: ' 50000 \n', verdict: 'Healthy' },
    { expect: { atLeast: 1 }, stdout: '0', verdict: 'Degraded' },
    { expect: { atLeast: 1, atMost: 9 }, stdout: '9', verdict: 'Healthy' },
    { expect: { atLeast: 1, atMost: 9 }, stdout: '10', verdict: 'Degraded' },
    { expect: { atLeast: 1 }, stdout: '', verdict: 'Degraded' },
    { expect: { atLeast: 1 }, stdout: '12 rows', verdict: 'Degraded' },
    { expect: { atLeast: 1 }, stdout: '0x10', verdict: 'Degraded' },
  ])('$expect over $stdout is $verdict', async ({ expect: wanted, stdout, verdict }) => {
    const seen = await judge(wanted === undefined ? {} : { expect: wanted }, stdout);

    expect(seen.verdict).toBe(verdict);
  });

  it.each([
    { wanted: undefined, exitCode: 3, says: 'expected exit code 0, the command ended with 3' },
    { wanted: { exitCode: 2 }, exitCode: 0, says: 'expected exit code 2, the command ended with 0' },
  ])('says which exit code it was: $says', async ({ wanted, exitCode, says }) => {
    const seen = await judge(wanted === undefined ? {} : { expect: wanted }, '', exitCode);

    expect(seen).toEqual({ verdict: 'Degraded', reason: 'ExitCode', message: says });
  });

  it('passes on another exit code when that is the expected one', async () => {
    expect((await judge({ expect: { exitCode: 2 } }, '', 2)).verdict).toBe('Healthy');
  });

  it.each([
    { expect: { equals: '1' } },
    { expect: { contains: 'x' } },
    { expect: { matches: 'x' } },
    { expect: { atLeast: 1_000_000 } },
    { expect: { atMost: 1 } },
  ])('never says what the output was: $expect', async (more) => {
    const seen = await judge(more, '4711');

    expect(seen.verdict).toBe('Degraded');
    expect(seen.message).not.toContain('4711');
  });

  it('says on which side of the bound a number is', async () => {
    expect((await judge({ expect: { atLeast: 1 } }, '0')).message).toBe(
      'expected at least 1, the output is a number below it',
    );
    expect((await judge({ expect: { atMost: 1 } }, '5')).message).toBe(
      'expected at most 1, the output is a number above it',
    );
    expect((await judge({ expect: { atLeast: 1 } }, 'ERROR')).message).toBe(
      'expected a number, at least 1, the output is not one number',
    );
  });

  it('says that output was too long only where that matters', async () => {
    const long = 'x'.repeat(64 * 1024);

    expect((await judge({}, long, 0, true)).verdict).toBe('Healthy');
    expect((await judge({ expect: { contains: 'xx' } }, long, 0, true)).verdict).toBe('Healthy');
    expect(await judge({ expect: { contains: 'y' } }, long, 0, true)).toMatchObject({
      verdict: 'Degraded',
      reason: 'OutputTooLong',
    });
    expect(await judge({ expect: { equals: long } }, long, 0, true)).toMatchObject({
      verdict: 'Degraded',
      reason: 'OutputTooLong',
    });
  });

  it('gives up on a pattern that would never end', async () => {
    const startedAt = performance.now();

    const seen = await judge({ expect: { matches: '^(a+)+$' } }, `${'a'.repeat(60)}b`);

    expect(seen.message).toContain('took too long');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('exec chooses where to run', () => {
  it('asks a ready pod before one that merely runs, never one that is leaving', async () => {
    const { exec: run, asked } = execEnding('');
    const objects = [pod('a', { ready: false }), pod('b', { leaving: true }), pod('c'), pod('d', { phase: 'Pending' })];

    await exec.observe(contextOf(fakeKube({ objects, exec: run })), parse({}));

    expect(asked).toMatchObject([{ namespace: 'shop-data', pod: 'c', container: 'postgres', command: base.command }]);
  });

  it('asks one that runs when none is ready: a database in recovery answers too', async () => {
    const { exec: run, asked } = execEnding('');

    await exec.observe(
      contextOf(fakeKube({ objects: [pod('a', { ready: false })], exec: run })),
      parse({ container: 'exporter' }),
    );

    expect(asked).toMatchObject([{ pod: 'a', container: 'exporter' }]);
  });

  it('takes the container that the pod names as its default', async () => {
    const { exec: run, asked } = execEnding('');
    const annotations = { 'kubectl.kubernetes.io/default-container': 'exporter' };
    const named = { ...pod('a'), metadata: { ...pod('a').metadata, annotations } };

    await exec.observe(contextOf(fakeKube({ objects: [named], exec: run })), parse({}));

    expect(asked[0]?.container).toBe('exporter');
  });

  it.each([
    { more: {}, objects: [], verdict: 'Missing', says: 'there is no Pod with app=orders-db in namespace shop-data' },
    {
      more: { podSelector: undefined, pod: 'x-1' },
      objects: [],
      verdict: 'Missing',
      says: 'there is no Pod x-1 in namespace shop-data',
    },
    { more: { namespace: 'shop-web' }, objects: [pod('a')], verdict: 'Missing', says: 'in namespace shop-web' },
    {
      more: {},
      objects: [pod('a', { phase: 'Pending', waiting: 'ImagePullBackOff' })],
      verdict: 'Progressing',
      says: 'no Pod with app=orders-db in namespace shop-data runs: a is Pending (ImagePullBackOff)',
    },
    {
      more: { container: 'mysql' },
      objects: [pod('a')],
      verdict: 'Degraded',
      says: 'Pod shop-data/a has no container mysql; it has postgres, exporter',
    },
  ])('says $says', async ({ more, objects, verdict, says }) => {
    const seen = await exec.observe(contextOf(fakeKube({ objects })), parse(more));

    expect(seen.verdict).toBe(verdict);
    expect(seen.message).toContain(says);
  });
});

describe('exec turns what goes wrong into one sentence', () => {
  it.each([
    { reason: 'CommandNotFound', verdict: 'Degraded', says: 'there is no program psql in Pod shop-data/a' },
    { reason: 'CommandNotExecutable', verdict: 'Degraded', says: 'psql may not be executed in Pod shop-data/a' },
    {
      reason: 'Aborted',
      verdict: 'Unknown',
      says: "the command did not end within the attempt's time limit in Pod shop-data/a",
    },
    { reason: 'ExecFailed', verdict: 'Unknown', says: 'cannot do it: ExecFailed' },
    { reason: 'Forbidden', verdict: 'Unknown', says: 'cannot do it: Forbidden' },
    { reason: 'NotFound', verdict: 'Missing', says: 'cannot do it: NotFound' },
  ])('$reason', async ({ reason, verdict, says }) => {
    const kube = fakeKube({ objects: [pod('a')], exec: () => Promise.reject(kubeError(reason)) });

    expect(await exec.observe(contextOf(kube), parse({}))).toMatchObject({ verdict, message: says });
  });

  it('does not hide an error of our own', async () => {
    const kube = fakeKube({ objects: [pod('a')], exec: () => Promise.reject(new TypeError('a bug')) });

    await expect(exec.observe(contextOf(kube), parse({}))).rejects.toThrow('a bug');
  });
});

describe('exec in a plan', () => {
  it.each([
    { more: { pod: 'a' }, says: 'write one of pod and podSelector' },
    { more: { podSelector: undefined }, says: 'write one of pod and podSelector' },
    { more: { podSelector: {} }, says: 'found no label' },
    { more: { command: [] }, says: '' },
    { more: { command: [''] }, says: 'found an empty command' },
    { more: { command: 'psql -c x' }, says: '' },
    { more: { expect: { matches: '(' } }, says: 'which is not a regular expression' },
    { more: { expect: { atLeast: 5, atMost: 1 } }, says: 'no number fits between them' },
    { more: { expect: { atleast: 5 } }, says: 'atleast' },
    { more: { shell: true }, says: 'shell' },
  ])('is refused with $more', ({ more, says }) => {
    const parsed = exec.spec.safeParse({ ...base, ...more });

    expect(parsed.success).toBe(false);
    expect(parsed.error?.message).toContain(says);
  });

  it.each([
    { expect: undefined, asserts: false },
    { expect: {}, asserts: false },
    { expect: { exitCode: 0 }, asserts: false },
    { expect: { atLeast: 0 }, asserts: false },
    { expect: { atLeast: -1 }, asserts: false },
    { expect: { atMost: 10 }, asserts: false },
    { expect: { equals: '0' }, asserts: false },
    { expect: { equals: '' }, asserts: false },
    { expect: { matches: '\\d+' }, asserts: false },
    { expect: { matches: '.*' }, asserts: false },
    { expect: { atLeast: 1 }, asserts: true },
    { expect: { atLeast: 1, atMost: 10 }, asserts: true },
    { expect: { equals: '50000' }, asserts: true },
    { expect: { contains: 'book' }, asserts: true },
    { expect: { matches: '^[1-9]' }, asserts: true },
  ])(
    'asserts data with $expect: $asserts, since an empty table also answers a count',
    ({ expect: wanted, asserts }) => {
      const spec = parse(wanted === undefined ? {} : { expect: wanted });

      expect(exec.expectsData?.(spec)).toBe(asserts);
    },
  );
});
