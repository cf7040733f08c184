import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { runCli, startCli, type Ran } from '../support/cli.ts';
import { type Front, keyFront, type KeyFront, makeCertificates, tlsFront } from '../support/temporal-tls.ts';

const key = 'ey.this-is-the-key.42';

describe('a Temporal behind TLS', { timeout: 120_000 }, () => {
  let folder: string;
  let server: EmbeddedServer;
  let plainTls: Front;
  let mutual: Front;
  let otherName: Front;
  let keyed: KeyFront;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-tls-'));
    const state = join(folder, 'server');
    [server] = await Promise.all([
      startEmbeddedTemporal({ stateDir: state, inMemory: true }),
      makeCertificates(folder),
      mkdir(join(folder, 'plans')),
    ]);
    const upstream = server.address;
    // A worker needs clusters only when it acts: none is enough to poll.
    await writeFile(pem('kubeconfig'), 'apiVersion: v1\nkind: Config\n');
    plainTls = await tlsFront({ folder, upstream });
    mutual = await tlsFront({ folder, upstream, clientCa: 'ca' });
    otherName = await tlsFront({ folder, upstream, certificate: 'named' });
    keyed = await keyFront({ folder, upstream, key });
  });
  afterAll(async () => {
    for (const front of [plainTls, mutual, otherName, keyed]) await front?.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pem = (name: string): string => join(folder, name);
  const ca = (): Record<string, string> => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: pem('ca.crt') });
  const certificate = (name: string): Record<string, string> => ({
    TEMPORAL_TLS_CLIENT_CERT_PATH: pem(`${name}.crt`),
    TEMPORAL_TLS_CLIENT_KEY_PATH: pem(`${name}.key`),
  });
  const status = (variables: Record<string, string>): Promise<Ran> =>
    runCli(['status'], { HOME: folder, ...variables }, folder);
  const fine = { code: 0, stdout: 'no recovery is open\n', stderr: '' };

  /** Starts a worker, waits until it polls, and ends it. */
  async function polled(
    variables: Record<string, string>,
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<Ran & { readonly said: string }> {
    const worker = startCli(['worker'], { HOME: folder, REKINDLE_KUBECONFIG: pem('kubeconfig'), ...variables }, folder);
    let said = '';
    await new Promise<void>((resolve) => {
      worker.child.stderr?.on('data', (data) => {
        said += String(data);
        if (said.includes('"polling"')) resolve();
      });
      worker.child.once('close', () => resolve());
    });
    await meanwhile();
    worker.child.kill('SIGTERM');
    return { ...(await worker.ended), said };
  }

  it('is reached with its authority, by variables', async () => {
    expect(await status({ TEMPORAL_ADDRESS: plainTls.address, ...ca() })).toEqual(fine);
  });

  it('is reached with a client certificate, by variables and by a profile, also by a worker', async () => {
    expect(await status({ TEMPORAL_ADDRESS: mutual.address, ...ca(), ...certificate('client') })).toEqual(fine);

    const profile = [
      '[profile.dr]',
      `address = "${mutual.address}"`,
      '[profile.dr.tls]',
      `server_ca_cert_path = "${pem('ca.crt')}"`,
      `client_cert_path = "${pem('client.crt')}"`,
      `client_key_path = "${pem('client.key')}"`,
    ];
    await writeFile(pem('temporal.toml'), profile.join('\n'));
    const variables = { TEMPORAL_CONFIG_FILE: pem('temporal.toml'), TEMPORAL_PROFILE: 'dr' };

    expect(await status(variables)).toEqual(fine);
    const check = (): Promise<Ran> => runCli(['worker', '--check'], { HOME: folder, ...variables }, folder);
    expect(await check()).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^rekindle: no worker of \S+ polls/),
    });
    const worker = await polled(variables, async () => {
      await expect.poll(async () => (await check()).code, { timeout: 20_000 }).toBe(0);
    });
    expect(worker).toMatchObject({ code: 0, said: expect.stringContaining('"polling"') });
  });

  it('is reached under the name that its certificate has', async () => {
    const variables = { TEMPORAL_ADDRESS: otherName.address, ...ca() };

    expect(await status({ ...variables, TEMPORAL_TLS_SERVER_NAME: 'temporal.test' })).toEqual(fine);
    expect(await status(variables)).toEqual(
      refused(
        otherName,
        /its certificate is for another name \(DNS:temporal\.test\)\): set TEMPORAL_TLS_SERVER_NAME to a name/,
      ),
    );
  });

  it('is reached with an API key, which each call carries and nothing prints, also by a worker', async () => {
    const variables = { TEMPORAL_ADDRESS: keyed.address, ...ca(), TEMPORAL_API_KEY: key };

    expect(await status(variables)).toEqual(fine);
    const worker = await polled(variables);

    expect(worker).toMatchObject({ code: 0, said: expect.stringContaining('"polling"') });
    expect(worker.said + worker.stderr).not.toContain(key);
    expect(keyed.calls.map(({ path }) => path.split('/').at(-1))).toEqual(
      expect.arrayContaining(['GetSystemInfo', 'ListWorkflowExecutions', 'PollWorkflowTaskQueue']),
    );
    expect(new Set(keyed.calls.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${key}`]));
  });

  it.each(['status', 'worker'])('refuses a wrong key: %s says so and prints no key', async (verb) => {
    const wrong = 'not-the-key-at-all';
    const variables = { HOME: folder, TEMPORAL_ADDRESS: keyed.address, ...ca(), TEMPORAL_API_KEY: wrong };
    const ran = await runCli([verb], { ...variables, REKINDLE_KUBECONFIG: pem('kubeconfig') }, folder);

    expect(ran).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(oneLine) });
    expect(ran.stderr).toMatch(
      /refuses this login for namespace default \(Request unauthorized\.\): look at TEMPORAL_API_KEY/,
    );
    expect(ran.stderr).not.toContain(wrong);
  });

  it('whose authority nobody named is not trusted', async () => {
    const sentence =
      /its certificate is signed by an authority that is not known here\): set TEMPORAL_TLS_SERVER_CA_CERT/;

    expect(await status({ TEMPORAL_ADDRESS: plainTls.address, TEMPORAL_TLS: 'true' })).toEqual(
      refused(plainTls, sentence),
    );
    expect(
      await status({
        TEMPORAL_ADDRESS: plainTls.address,
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: pem('strangers-ca.crt'),
      }),
    ).toEqual(refused(plainTls, sentence));
  });

  it('that wants a client certificate says so, and does not take a stranger', async () => {
    const variables = { TEMPORAL_ADDRESS: mutual.address, ...ca() };

    expect(await status(variables)).toEqual(
      refused(mutual, /it wants a client certificate\): set TEMPORAL_TLS_CLIENT_CERT_PATH and/),
    );
    expect(await status({ ...variables, ...certificate('stranger') })).toEqual(
      refused(mutual, /it does not take the client certificate\): look at TEMPORAL_TLS_CLIENT_CERT_PATH/),
    );
  });

  it('and one in plain text are told apart', async () => {
    expect(await status({ TEMPORAL_ADDRESS: plainTls.address })).toEqual(
      refused(plainTls, /it answers, but not in plain text\): if it speaks TLS, set TEMPORAL_TLS=true/),
    );
    expect(await status({ TEMPORAL_ADDRESS: server.address, TEMPORAL_TLS: 'true' })).toEqual(
      refused(server, /it does not speak TLS\): leave TLS out for it/),
    );
  });

  it.each([
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/client.crt', TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/k' }, 2, /ENOENT/],
    [{ TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/client.crt' }, 2, /without its key/],
    [{ TEMPORAL_TLS_CLIENT_CERT_DATA: 'x', TEMPORAL_TLS_CLIENT_KEY_DATA: 'secret' }, 1, /cannot be used/],
    [{ TEMPORAL_NAMESPACE: 'nobody' }, 1, /has no namespace nobody: set TEMPORAL_NAMESPACE, or make it with/],
    [{ TEMPORAL_ADDRESS: 'https://temporal.example:7233' }, 1, /not an address\): write it as host:port/],
  ])('with settings that cannot be right ends in one sentence: %j', async (more, code, sentence) => {
    const ran = await status({ TEMPORAL_ADDRESS: plainTls.address, ...ca(), ...(more as Record<string, string>) });

    expect(ran).toEqual({ code, stdout: '', stderr: expect.stringMatching(oneLine) });
    expect(ran.stderr).toMatch(sentence);
    expect(ran.stderr).not.toContain('secret');
  });
});

const oneLine = /^rekindle: [^\n]+\n$/;

/** Ended with 1 and one sentence that names the place. */
function refused({ address }: { readonly address: string }, sentence: RegExp): Ran {
  const place = address.replaceAll('.', String.raw`\.`);
  return {
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      new RegExp(String.raw`^rekindle: Temporal unreachable at ${place} \(${sentence.source}[^\n]*\n$`),
    ) as string,
  };
}
