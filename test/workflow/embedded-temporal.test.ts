import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { searchAttributeNames } from '../../src/model/run.ts';
import { connectTemporal, registerSearchAttributes } from '../../src/temporal.ts';
import { runningServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';

describe('the embedded Temporal server', () => {
  let folder: string;
  const config = () => loadConfig({ ...process.env, TEMPORAL_ADDRESS: undefined, REKINDLE_STATE: folder });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-embedded-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is found by clients on the same folder, knows our search attributes, shows a UI, and leaves no process', async () => {
    const server = await startEmbeddedTemporal({ config: config() });
    try {
      const temporal = await connectTemporal(config());
      expect(temporal).toMatchObject({ address: server.address, namespace: 'default', uiUrl: server.uiUrl });
      const known = await temporal.connection.operatorService.listSearchAttributes({ namespace: 'default' });
      expect(Object.keys(known.customAttributes)).toEqual(expect.arrayContaining(Object.values(searchAttributeNames)));
      expect(await registerSearchAttributes(temporal.connection, 'default')).toBeUndefined();
      await temporal.close();
      const page = await fetch(server.uiUrl);
      // Read to its end: a body left lying when the server goes can take the process with it (Node 24.21).
      await page.text();
      expect(page.status).toBe(200);

      const again = await startEmbeddedTemporal({ config: config() });
      expect(again).toMatchObject({ started: false, pid: server.pid, address: server.address });
      await again.stop();
      expect(await runningServer(folder)).toMatchObject({ pid: server.pid });
    } finally {
      await server.stop();
    }

    expect(() => process.kill(server.pid, 0)).toThrow(/ESRCH/);
    expect(await runningServer(folder)).toBeUndefined();
    expect((await stat(join(folder, 'temporal.db'))).size).toBeGreaterThan(0);
  });

  it('is not taken for running by a note that somebody who died left behind', async () => {
    await writeFile(
      join(folder, 'temporal.json'),
      JSON.stringify({ address: '127.0.0.1:1', uiUrl: '', namespace: 'default', pid: process.pid }),
    );
    expect(await runningServer(folder)).toBeUndefined();

    await writeFile(join(folder, 'temporal.json'), '{"address": "127.0');
    expect(await runningServer(folder)).toBeUndefined();
  });

  it('says in one sentence why it does not start', async () => {
    await writeFile(join(folder, 'temporal.db'), 'this is no database');

    await expect(startEmbeddedTemporal({ config: config() })).rejects.toThrow(
      /^the embedded Temporal server ended at once \(exit code \d+\): see .*temporal\.log$/,
    );
  });
});

describe('a Temporal that does not answer', () => {
  it('is said at once, with what to do', async () => {
    const begun = Date.now();
    const connecting = connectTemporal(
      loadConfig({ ...process.env, TEMPORAL_ADDRESS: '127.0.0.1:9', REKINDLE_STATE: '/nowhere' }),
    );

    await expect(connecting).rejects.toThrow(
      /^Temporal unreachable at 127\.0\.0\.1:9 \(connection refused\): start it .* set TEMPORAL_ADDRESS/,
    );
    expect(Date.now() - begun).toBeLessThan(3_000);
  });
});
