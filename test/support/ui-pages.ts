/** What a person does on the pages of Temporal's UI (2.54), by what stands on the buttons. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FrameLocator, Page } from 'playwright-core';
import type { Ran } from './cli.ts';

/** How long a page may take to show something. */
const shownMs = 60_000;

/** The link to a plan's form that `rekindle runbooks` prints, once a worker has made the template run. */
export async function formLink(cli: (...args: string[]) => Promise<Ran>, plan: string): Promise<string> {
  for (let look = 0; look < 40; look += 1) {
    const { stdout } = await cli('runbooks', '-o', 'json');
    const page = JSON.parse(stdout) as { plans: { plan: string; start: string; filledIn: boolean }[] };
    const found = page.plans.find((one) => one.plan === plan);
    if (found?.filledIn) return found.start;
    await sleep(500);
  }
  throw new Error(`no template run of ${plan} came`);
}

/** The form Start Workflow, opened by a link: waits until the input has been filled in. */
export async function openStartForm(page: Page, link: string): Promise<void> {
  const filledIn = page.locator('.cm-content', { hasText: '"plan"' });
  for (let opened = 0; ; opened += 1) {
    await page.goto(link);
    // The form asks the server once, and stays empty where a busy one did not answer: a person would open it again.
    const isFilled = await filledIn.waitFor({ timeout: shownMs / 3 }).then(
      () => true,
      () => false,
    );
    if (isFilled) break;
    if (opened === 3) throw new Error('the form was opened four times, and its input was never filled in');
  }
  await page.getByText('Task Queue is Active').waitFor({ timeout: shownMs });
}

/** What the form holds now. */
export async function formOf(page: Page) {
  const input = await page.locator('.cm-content').first().innerText();
  return {
    workflowId: await page.locator('#workflowId').inputValue(),
    taskQueue: await page.locator('#taskQueue').inputValue(),
    workflowType: await page.locator('#workflowType').inputValue(),
    input: JSON.parse(input) as unknown,
  };
}

/** Gives the run an id, starts it and goes to its page. Answers with the id. */
export async function startByForm(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Random UUID' }).first().click();
  const workflowId = await page.locator('#workflowId').inputValue();
  await page.getByTestId('start-workflow-button').click();
  // The message is the way to the run's page.
  await page.getByRole('link', { name: 'Workflow started successfully' }).click({ timeout: shownMs });
  await page.waitForURL(`**/workflows/${workflowId}/**`);
  return workflowId;
}

/** The run's current details, when they say what is waited for. */
export async function detailsWith(page: Page, text: string | RegExp, withinMs = shownMs): Promise<FrameLocator> {
  const frame = page.frameLocator('iframe[title="output"]').first();
  const until = Date.now() + withinMs;
  for (;;) {
    const seen = await frame
      .getByText(text)
      .first()
      .waitFor({ timeout: 2_000 })
      .then(
        () => true,
        () => false,
      );
    if (seen) return frame;
    if (Date.now() > until)
      throw new Error(`the details never said ${String(text)}: ${await frame.locator('main').innerText()}`);
    await page.keyboard.press('r');
  }
}

/** Fills in and submits the form Send an Update. */
export async function sendUpdate(page: Page, name: string, input: object): Promise<void> {
  await page.getByRole('button', { name: 'More Actions' }).click();
  await page.getByRole('menuitem', { name: 'Send an Update' }).click();
  await page.getByRole('button', { name: 'Select an Update' }).click();
  await page.getByRole('option', { name: new RegExp(`^${name}`) }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.locator('.cm-content').fill(JSON.stringify(input));
  // Left, the field writes the JSON anew and grows: a click that comes with it would miss the button that moves away.
  await dialog.locator('.cm-content').blur();
  await dialog.getByRole('button', { name: 'Submit' }).click();
}
