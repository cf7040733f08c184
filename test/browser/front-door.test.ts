import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WorkflowHandle } from '@temporalio/client';
import { type RunView, viewQueryName } from '../../src/model/run.ts';
import { language } from '../../src/language.ts';
import { loadPlanByName } from '../../src/plan/load.ts';
import { acted, fakeActivities } from '../support/fake-activities.ts';
import { runCli } from '../support/cli.ts';
import { detailsWith, formLink, formOf, openStartForm, sendUpdate, startByForm } from '../support/ui-pages.ts';
import { type UiStage, uiStage } from '../support/ui-stage.ts';

const checkout = join(import.meta.dirname, '../..');
const ana = { by: 'ana', reason: 'looked at it' };

/** The drill's own plan, with another cluster to rehearse it on, in a folder of its own. */
async function bookstorePlans(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-plans-'));
  const text = await readFile(join(checkout, 'plans/bookstore.yaml'), 'utf8');
  await writeFile(join(folder, 'bookstore.yaml'), text.replace(/^ {2}drill: .*$/m, '  drill: { cluster: practice }'));
  return folder;
}

/** The bookstore's plan over activities that touch nothing: `catalog` fails once, and one run has the site at a time. */
async function bookstoreActivities(plansFolder: string) {
  const loaded = await loadPlanByName('bookstore', plansFolder, language);
  if ('issues' in loaded) throw new Error('the plan of the drill is not valid');
  let holder: string | undefined;
  const usual = fakeActivities(loaded.plan).activities;
  return fakeActivities(loaded.plan, {
    lockSite: async (input) => {
      const { workflowId } = input.chain;
      if (holder !== undefined && holder !== workflowId)
        throw ApplicationFailure.nonRetryable(
          `site bookstore is being restored by recovery bookstore-a2b3c4d5 (workflow ${holder}, http://ui/namespaces/default/workflows/${holder}); one run per site at a time: follow or abort that one`,
          'SiteBusy',
        );
      holder = workflowId;
      return usual.lockSite(input);
    },
    releaseSite: async (input) => {
      if (holder === input.run.chain.workflowId) holder = undefined;
      return usual.releaseSite(input);
    },
    awaitStage: async (input) =>
      input.step === 'catalog' && input.generation === 1
        ? acted({
            state: 'failed',
            reason: 'PartiallyFailed',
            message:
              'Restore velero/bookstore-databases-catalog-g1 PartiallyFailed: persistentvolumeclaims/shop-data/data-catalog-0: the volume snapshot is gone',
            retry: 'again',
          })
        : usual.awaitStage(input),
  });
}

/** Until a run has the site and its step `catalog` has failed. */
async function untilHeld(handle: WorkflowHandle): Promise<void> {
  const state = async () => (await handle.query<RunView>(viewQueryName).catch(() => undefined))?.state;
  await expect.poll(state, { timeout: 30_000 }).toBe('held');
}

describe('the Temporal UI as the front door', () => {
  let stage: UiStage;
  let plansFolder: string;
  beforeAll(async () => {
    plansFolder = await bookstorePlans();
    stage = await uiStage((await bookstoreActivities(plansFolder)).activities, plansFolder);
  });
  afterAll(async () => {
    await stage.close();
    await rm(plansFolder, { recursive: true, force: true });
  });

  const cli = (...args: string[]) =>
    runCli(args, { REKINDLE_STATE: stage.folder, REKINDLE_PLANS: plansFolder }, checkout);
  const startLink = (): Promise<string> => formLink(cli, 'bookstore');

  it('starts a recovery from the form, shows why it is held, takes the decisions, and shows the result', async () => {
    const { page, picture } = stage;
    await openStartForm(page, await startLink());
    expect(await formOf(page)).toEqual({
      workflowId: '',
      taskQueue: 'rekindle',
      workflowType: 'recoverSite',
      input: { plan: 'bookstore' },
    });
    await picture('1-form');

    await startByForm(page);
    await page.getByText('Running').first().waitFor();
    await picture('2-started');
    await page.getByText('User Metadata').click();
    const held = await detailsWith(page, 'is held since');
    await picture('3-held');
    const text = await held.locator('main').innerText();
    expect(text).toContain('the volume snapshot is gone');
    expect(text).toContain('databases: held, 2 of 3');

    await sendUpdate(page, 'approve', ana);
    await page.getByText('the run is not waiting for an approval').first().waitFor();
    await picture('4-refused');
    expect(await page.locator('dialog[open]').innerText()).not.toMatch(/^\s+at /m);
    await page.keyboard.press('Escape');
    await page.reload();
    await detailsWith(page, 'is held since');
    await sendUpdate(page, 'retryStep', { step: 'catalog', ...ana });
    await detailsWith(page, 'approve');
    await picture('5-awaiting-approval');
    await sendUpdate(page, 'approve', ana);
    await page.getByText('Completed').first().waitFor();
    await page.getByText('Event History').first().click();
    await page.getByText('"outcome"').first().waitFor();
    await picture('6-result');
    expect(await page.locator('main').innerText()).toContain('"recovered"');
  });

  it('says on the page of a second run why it did not start', async () => {
    const { page, picture, environment } = stage;
    const first = await environment.client.workflow.start('recoverSite', {
      taskQueue: 'rekindle',
      workflowId: 'the-first-one',
      args: [{ plan: 'bookstore' }],
    });
    await untilHeld(first);

    await openStartForm(page, await startLink());
    await startByForm(page);
    await page.getByText('is being restored by recovery bookstore-a2b3c4d5 (workflow the-first-one').first().waitFor();
    await picture('7-site-busy');

    expect(await page.locator('main').innerText()).toContain('SiteBusy');
    await first.terminate();
  });

  it("starts a drill by one click on its Schedule's Trigger", async () => {
    const { page, picture, environment } = stage;
    const made = await cli('schedule', 'create', 'bookstore', '--paused', '-o', 'json');
    const { link } = JSON.parse(made.stdout) as { readonly link: string };

    await page.goto(link);
    await page.getByText('rekindle-drill-bookstore').first().waitFor();
    await picture('8-schedule');
    await page
      .getByRole('button', { name: /actions/i })
      .first()
      .click();
    await page.getByRole('menuitem', { name: 'Trigger' }).click();
    await picture('9-trigger');
    await page.getByRole('button', { name: 'Trigger' }).last().click();
    const started = page.getByRole('link', { name: /^drill-bookstore-/ }).first();
    await started.waitFor();
    await picture('10-triggered');

    const workflowId = await started.innerText();
    const { type } = await environment.client.workflow.getHandle(workflowId.trim()).describe();
    expect(type).toBe('drillSite');
    // Over the fakes a drill may have come to its end by itself.
    await environment.client.workflow
      .getHandle(workflowId.trim())
      .terminate()
      .catch(() => undefined);
  });
});
