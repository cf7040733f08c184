import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recoverSiteType, taskQueue } from '../../src/model/run.ts';
import { type EmbeddedServer, startEmbeddedTemporal } from '../../src/temporal-server.ts';
import { type RunningCli, startCli } from '../support/cli.ts';

/** A Temporal of its own, which is killed under the commands. No worker polls: the run never has anything to say. */
describe('the command line, when Temporal goes away under it', { timeout: 120_000 }, () => {
  let folder: string;
  let server: EmbeddedServer;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rekindle-away-'));
    server = await startEmbeddedTemporal({ stateDir: folder, inMemory: true });
    const environment = await TestWorkflowEnvironment.createFromExistingServer(server);
    const started = { taskQueue, workflowId: 'the-run', args: [{ plan: 'toy' }] };
    await environment.client.workflow.start(recoverSiteType, started);
    await environment.teardown();
  });
  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = (...args: string[]): RunningCli => startCli(args, { TEMPORAL_ADDRESS: server.address }, folder);
  const away = () =>
    `rekindle: Temporal at ${server.address} does not answer any more: runs go on there when it is back; ` +
    'whether this command has still reached it, `rekindle status` shows then\n';

  it('says so in one sentence for a decision, and ends a status that is followed at once and in silence', async () => {
    const following = start('status', 'the-run', '--follow');
    await following.said('no news of the-run');
    const deciding = start('approve', 'the-run', '--reason', 'looked at it');
    // It has begun to wait for a worker's answer, which it does for 15 s.
    await sleep(5_000);
    process.kill(server.pid, 'SIGKILL');
    // Both are between two attempts now, or in one.
    await sleep(5_000);

    const interrupted = Date.now();
    following.child.kill('SIGINT');
    const followed = await following.ended;

    expect(Date.now() - interrupted).toBeLessThan(8_000);
    expect(followed).toEqual({
      code: 0,
      stdout: '',
      stderr: 'no news of the-run: no worker answers: is one running (`rekindle worker`)?\n',
    });
    expect(await deciding.ended).toEqual({ code: 1, stdout: '', stderr: away() });
  });

  it('still says that it is a worker that lacks, where Temporal answers', async () => {
    expect(await start('approve', 'the-run', '--reason', 'looked at it').ended).toEqual({
      code: 1,
      stdout: '',
      stderr: 'rekindle: no worker took the decision within 15 s: is one running (`rekindle worker`)?\n',
    });
  });
});
