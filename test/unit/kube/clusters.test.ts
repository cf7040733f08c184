import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clustersFromKubeconfig } from '../../../src/kube/clusters.ts';
import { reply, startFakeApi } from './fake-api.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rekindle-kubeconfig-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Writes a kubeconfig with one context for each server. */
function write(name: string, servers: { readonly [context: string]: string }): string {
  const entries = Object.entries(servers);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: entries.map(([context, server]) => ({ name: `${context}-cluster`, cluster: { server } })),
    users: entries.map(([context]) => ({ name: `${context}-user`, user: { token: 'very-secret' } })),
    contexts: entries.map(([context]) => ({
      name: context,
      context: { cluster: `${context}-cluster`, user: `${context}-user` },
    })),
  };
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

/** Writes a kubeconfig whose user comes from a shell command. */
function withPlugin(name: string, command: string): string {
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', command] };
  const path = join(folder, name);
  const config = {
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { exec } }],
    contexts: [{ name: 'east', context: { cluster: 'c', user: 'u' } }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe('clusters of a kubeconfig', () => {
  it('are known by their contexts, of several files together, the first of a name counts', async () => {
    const one = write('one', { east: 'https://east.example', both: 'https://first.example' });
    const two = write('two', { west: 'https://west.example/k8s/c-1', both: 'https://second.example' });

    const clusters = clustersFromKubeconfig([one, two].join(delimiter));

    expect(clusters.contexts).toEqual(['east', 'both', 'west']);
    expect(clusters.client('both').server).toBe('https://first.example');
    expect(clusters.client('west').server).toBe('https://west.example/k8s/c-1');
    expect(clusters.client('east')).toBe(clusters.client('east'));
    await clusters.close();
  });

  it('name the contexts there are when another one is asked for', () => {
    const clusters = clustersFromKubeconfig(
      write('three', { east: 'https://east.example', west: 'https://west.example' }),
    );

    expect(() => clusters.client('north')).toThrow('no context north; the kubeconfig has: east, west');
  });

  it.each([
    { server: 'http://10.0.0.1:8080', says: 'http://10.0.0.1:8080 is not encrypted, write an https:// address' },
    { server: 'http://127.0.0.1.example.com', says: 'is not encrypted' },
    { server: 'dr-east', says: 'the server address "dr-east" is not a URL' },
    { server: 'ftp://east.example', says: 'write an https:// address' },
  ])('refuse the server $server', ({ server, says }) => {
    const clusters = clustersFromKubeconfig(write('four', { east: server }));

    expect(() => clusters.client('east')).toThrow(says);
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:6443', 'https://10.0.0.1'])(
    'allow %s',
    async (server) => {
      const clusters = clustersFromKubeconfig(write('five', { east: server }));

      expect(clusters.client('east').context).toBe('east');
      await clusters.close();
    },
  );

  it('say that a file is not there', () => {
    const path = join(folder, 'nowhere');

    expect(() => clustersFromKubeconfig(path)).toThrow(`cannot read the kubeconfig ${path}: there is no such file`);
  });

  it('say that a file is no kubeconfig, without what stands in it', () => {
    const path = join(folder, 'broken');
    writeFileSync(path, 'users:\n- name: a\n  user: {token: very-secret\n');
    const attempt = (): unknown => clustersFromKubeconfig(path);

    expect(attempt).toThrow(`the kubeconfig ${path} is not a kubeconfig`);
    expect(attempt).not.toThrow(/very-secret/);
  });

  it('say which cluster or user a context names in vain', () => {
    const path = join(folder, 'dangling');
    const contexts = [{ name: 'east', context: { cluster: 'gone', user: 'u' } }];
    writeFileSync(path, JSON.stringify({ clusters: [], users: [], contexts }));

    expect(() => clustersFromKubeconfig(path).client('east')).toThrow(
      'context east names the cluster gone, which the kubeconfig does not have',
    );
  });

  it('do not wait for an exec plugin longer than the call may take', async () => {
    const path = withPlugin('slow-plugin', 'sleep 2');
    const clusters = clustersFromKubeconfig(path);
    const startedAt = performance.now();

    await expect(clusters.client('east').version({ timeoutMs: 200 })).rejects.toMatchObject({ reason: 'Timeout' });

    expect(performance.now() - startedAt).toBeLessThan(1500);
    await clusters.close();
  });

  it('take a token from its file, and read it again when it is refused', async () => {
    const seen: (string | undefined)[] = [];
    let valid = 'Bearer first';
    const api = await startFakeApi((request, response) => {
      seen.push(request.headers.authorization);
      const isValid = request.headers.authorization === valid;
      reply(response, isValid ? 200 : 401, { gitVersion: 'v1.34.4' });
    });
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, 'first\n');
    const path = join(folder, 'token-file');
    const config = {
      clusters: [{ name: 'c', cluster: { server: api.address } }],
      users: [{ name: 'u', user: { tokenFile: 'token' } }],
      contexts: [{ name: 'east', context: { cluster: 'c', user: 'u' } }],
    };
    writeFileSync(path, JSON.stringify(config));
    const clusters = clustersFromKubeconfig(path);

    await clusters.client('east').version();
    valid = 'Bearer second';
    writeFileSync(tokenFile, 'second\n');
    await clusters.client('east').version();

    expect(seen).toEqual(['Bearer first', 'Bearer first', 'Bearer second']);
    await clusters.close();
    await api.close();
    rmSync(tokenFile);
    expect(() => clustersFromKubeconfig(path)).toThrow(
      `cannot read the token file ${tokenFile}: there is no such file`,
    );
  });

  it('say nothing of the exec plugin but that it failed', async () => {
    const clusters = clustersFromKubeconfig(withPlugin('plugin', 'echo very-secret >&2; exit 1'));

    const error = await clusters.client('east').version().then(String, String);

    expect(error).toBe('KubeError: context east: its credentials could not be had');
    await clusters.close();
  });
});
