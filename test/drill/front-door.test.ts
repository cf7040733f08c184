/**
 * The night it happens, from the Temporal UI alone: the bookstore is lost for real, one step of its plan is refused by
 * the new cluster, and a person at a browser brings the site back. What the pages showed: `.rekindle/screenshots/site-*`.
 */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../lab/sites/bookstore/site.ts';
import { applyAll, withCluster } from '../../lab/sites/cluster.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import type { Report } from '../../src/model/report.ts';
import { type Ran, type RunningCli, runCli, startCli } from '../support/cli.ts';
import { DrillStage, say } from '../support/drill-stage.ts';
import { useSite } from '../support/site.ts';
import { openBrowser, type UiBrowser } from '../support/ui-browser.ts';
import { detailsWith, formLink, formOf, openStartForm, sendUpdate, startByForm } from '../support/ui-pages.ts';

const checkout = resolve(import.meta.dirname, '../..');
const ana = { by: 'ana' };
/** For what a whole site does, on a machine that does other things too. */
const patienceMs = 7 * 60_000;
const refusal = 'images of mariadb are not signed: ask the platform team';

/** What somebody has put into the new cluster, and the plan knows nothing of: the store `catalog` is refused. */
const guard: readonly [KubeObject, KubeObject] = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'signed-images-only' },
    spec: {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['statefulsets'] },
        ],
      },
      validations: [
        {
          expression: "object.spec.template.spec.containers.all(one, !one.image.contains('mariadb'))",
          message: refusal,
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: 'signed-images-only' },
    spec: { policyName: 'signed-images-only', validationActions: ['Deny'] },
  },
];

const site = useSite();
let stage: DrillStage;
let worker: RunningCli;
let browser: UiBrowser;

beforeAll(async () => {
  // The Backup that the plan names: the form's input is nothing but the plan.
  stage = await DrillStage.set(site(), 'bookstore');
  await stage.loseTheSite();
  await withCluster(stage.lab, (kube) => applyAll(kube, guard));
  const { address, namespace } = stage.where;
  worker = startCli(
    ['worker'],
    {
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
      REKINDLE_UI_URL: stage.where.uiUrl,
      REKINDLE_KUBECONFIG: await stage.writeKubeconfig(),
      REKINDLE_PLANS: stage.config.plansFolder,
      REKINDLE_STATE: stage.config.stateDir,
    },
    checkout,
  );
  await worker.said('"polling"');
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  worker?.child.kill('SIGTERM');
  await worker?.ended;
  await stage?.end();
});

const cli = (...args: string[]): Promise<Ran> =>
  runCli(args, { REKINDLE_STATE: stage.config.stateDir, REKINDLE_PLANS: stage.config.plansFolder }, checkout);

/** Starts a run from the plan's form, as it is filled in, keeps a picture of it, and goes to the run's page. Answers with its id. */
async function startFromForm(name: string): Promise<string> {
  const { page, picture } = browser;
  await openStartForm(page, await formLink(cli, 'bookstore'));
  expect(await formOf(page)).toMatchObject({ workflowType: 'recoverSite', input: { plan: 'bookstore' } });
  await picture(name);
  return startByForm(page);
}

async function heldByTheGuard(): Promise<void> {
  const { page, picture } = browser;
  await page.getByText('User Metadata').click();
  await detailsWith(page, /^phase-one$/);
  await picture('site-2-under-way');
  const held = await detailsWith(page, 'is held since', patienceMs);
  await detailsWith(page, 'databases: held, 2 of 3', patienceMs);
  await picture('site-3-held');
  const text = await held.locator('main').innerText();
  expect(text).toContain('catalog is held since');
  expect(text).toContain(refusal);
  expect(text).toContain('retryStep: {"step":"catalog","by":"your name","reason":"why"}');
}

async function refusedASecondTime(first: string): Promise<void> {
  const { page, picture } = browser;
  await startFromForm('site-4-form-again');
  const why = page.getByText('site bookstore is being restored by recovery').first();
  await why.waitFor();
  // The word above the page lags behind.
  await page.reload();
  await why.waitFor();
  await picture('site-5-busy');
  const text = await page.locator('main').innerText();
  expect(text).toContain('SiteBusy');
  expect(text).toContain(`(workflow ${first}, ${stage.where.uiUrl}/namespaces/default/workflows/${first})`);
}

async function mendedAndRetried(): Promise<void> {
  const { page, picture } = browser;
  await withCluster(stage.lab, async (kube) => {
    for (const { apiVersion, kind, metadata } of guard) await kube.remove({ apiVersion, kind, name: metadata.name });
  });
  await page.getByText('User Metadata').click();
  await detailsWith(page, 'is held since');
  await sendUpdate(page, 'retryStep', { step: 'catalog', ...ana, reason: 'the policy was not meant for this cluster' });
  await detailsWith(page, 'waits for the Update approve', patienceMs);
  await picture('site-6-awaiting-approval');
}

async function approvedToTheEnd(): Promise<void> {
  const { page, picture } = browser;
  await sendUpdate(page, 'approve', { ...ana, reason: 'the data of every store is back' });
  await page.getByText('Completed').first().waitFor({ timeout: patienceMs });
  await page.getByText('Event History').first().click();
  await page.getByText('"outcome"').first().waitFor();
  await picture('site-7-result');
  expect(await page.locator('main').innerText()).toContain('"outcome": "recovered"');
}

async function reportOf(workflowId: string): Promise<Report> {
  const { stdout } = await cli('report', workflowId, '-o', 'json');
  return JSON.parse(stdout) as Report;
}

describe('the bookstore, lost, and a person with a browser', () => {
  it('is started, read, mended, retried and approved from the Temporal UI, and every store is back', async () => {
    const workflowId = await startFromForm('site-1-form');
    const firstPage = browser.page.url();
    await heldByTheGuard();
    await refusedASecondTime(workflowId);
    await browser.page.goto(firstPage);
    await mendedAndRetried();
    await approvedToTheEnd();

    const report = await reportOf(workflowId);
    say(`RTO ${report.rtoSeconds} s`);
    expect(report.outcome).toBe('recovered');
    const steps = report.tiers.flatMap((tier) => tier.steps);
    expect(steps.filter(({ generation }) => generation !== 1)).toMatchObject([{ name: 'catalog', generation: 2 }]);
    expect(report.decisions).toMatchObject([
      { kind: 'retryStep', by: 'ana' },
      { kind: 'approve', by: 'ana' },
    ]);
    const stores = await verify(stage.lab, stage.expected);
    expect(stores.map(({ store, equal }) => [store, equal])).toEqual([
      ['orders', true],
      ['catalog', true],
      ['sessions', true],
      ['shipping', true],
    ]);
  });
});
