// The page of one record in real browsers: editing, what is wrong, two people at the same record, related lists, deletion and undo.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  admin,
  DESKTOP,
  demoUser,
  describeWeb,
  expectAccessible,
  expectFits,
  PHONE,
  startWeb,
  type Web,
} from './kit.ts';

describeWeb('a record', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web?.stop());

  const nora = demoUser('nora');

  /** A deal of Nora's with an amount, and its page's address. */
  async function newDeal(name: string, more: object = {}): Promise<{ id: string; path: string }> {
    const made = await web.call(nora, 'POST', 'deals', { name, amount: '1000.50', amount_currency: 'EUR', ...more });
    return { id: made.id, path: `/records/deals/${made.id}` };
  }
  const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true });
  const save = (page: Page) => page.getByRole('button', { name: 'Save', exact: true });

  test('is drawn from its form, edited, and saved by the keyboard without rounding', async () => {
    const { id, path } = await newDeal('Roof of the barn');
    const page = await web.open({ as: nora, path });
    await page.getByRole('heading', { level: 1, name: 'Roof of the barn' }).waitFor();
    expect(await save(page).isDisabled()).toBe(true);
    await field(page, 'Next step').fill('Call the roofer');
    await field(page, 'Amount').fill('123,456,789,012,345.6789');
    await page.keyboard.press('Control+s');
    await page.getByText('Saved', { exact: true }).waitFor();
    expect(await save(page).isDisabled()).toBe(true);
    const stored = await web.call(nora, 'GET', `deals/${id}/amount/$value`);
    expect(String(stored)).toContain('123456789012345');
    await page.getByText('123,456,789,012,345.6789 EUR').first().waitFor();
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Call the roofer').waitFor();
    await expectAccessible(page);
    web.expectNoPageErrors();
  });

  test('says what is missing at its field, as conditions ask for it', async () => {
    const { path } = await newDeal('Gate');
    const page = await web.open({ as: nora, path });
    await field(page, 'Name').fill('');
    await page.getByRole('combobox', { name: 'Stage', exact: true }).click();
    await page.getByRole('option', { name: 'Lost' }).click();
    await page.getByRole('combobox', { name: 'Reason for loss', exact: true }).waitFor();
    await save(page).click();
    await expect.poll(() => page.getByText('Must be given').count()).toBe(2);
    expect(await page.evaluate('document.activeElement.name')).toBe('name');
    web.expectNoPageErrors();
  });

  test('puts two versions side by side for the second of two who save', async () => {
    const { id, path } = await newDeal('Fleet renewal', { next_step: 'Call' });
    const [first, second] = await Promise.all([web.open({ as: nora, path }), web.open({ as: admin, path })]);
    await field(second, 'Next step').fill('Write');
    await field(second, 'Product').fill('Trucks');
    await field(first, 'Next step').fill('Visit');
    await field(first, 'Name').fill('Fleet renewal 2027');
    await save(first).click();
    await first.getByText('Saved', { exact: true }).waitFor();
    await save(second).click();
    const dialog = second.getByRole('dialog', { name: 'The record has changed meanwhile' });
    await dialog.getByText('Visit').waitFor();
    await dialog.getByText('Write').waitFor();
    const take = dialog.getByRole('button', { name: '1 field left to choose' });
    expect(await take.isDisabled()).toBe(true);
    await expectAccessible(second);
    await dialog.getByRole('radio', { name: 'Next step: keep yours' }).check();
    await dialog.getByRole('button', { name: 'Save this version' }).click();
    await dialog.waitFor({ state: 'detached' });
    await second.getByText('Saved', { exact: true }).waitFor();
    expect(await web.call(nora, 'GET', `deals/${id}?$select=name,next_step,product`)).toMatchObject({
      name: 'Fleet renewal 2027',
      next_step: 'Write',
      product: 'Trucks',
    });
    web.expectNoPageErrors();
  });

  test('keeps what is unsaved: leaving asks, and a draft comes back', async () => {
    const { path } = await newDeal('Solar panels');
    const page = await web.open({ as: nora, path });
    await field(page, 'Next step').fill('Measure');
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('dialog', { name: 'There are unsaved changes' }).waitFor();
    await page.getByRole('button', { name: 'Keep as a draft' }).click();
    await page.getByRole('heading', { name: /^Hello/ }).waitFor();
    await page.goBack();
    await page.getByText('Your unsaved changes').waitFor();
    expect(await field(page, 'Next step').inputValue()).toBe('Measure');
    await page.getByRole('button', { name: 'Discard', exact: true }).click();
    expect(await field(page, 'Next step').inputValue()).toBe('');
    web.expectNoPageErrors();
  });

  test('gets related records, is deleted with what goes along, and is brought back', async () => {
    const company = await web.call(nora, 'POST', 'companies', { name: 'Barn Builders' });
    const page = await web.open({ as: nora, path: `/records/companies/${company.id}` });
    await page.getByRole('button', { name: 'Add to Contacts' }).click();
    await page.getByRole('menuitem', { name: 'New contact' }).click();
    const dialog = page.getByRole('dialog', { name: 'New contact' });
    await dialog.getByRole('textbox', { name: 'Last name' }).fill('Barnes');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('region', { name: 'Contacts' }).getByRole('link', { name: 'Barnes' }).waitFor();

    const { path } = await newDeal('To be deleted');
    await page.goto(path);
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL('**/records/deals');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('heading', { level: 1, name: 'To be deleted' }).waitFor();
    web.expectNoPageErrors();
  });

  test('is created with defaults from a lookup found by searching', async () => {
    const page = await web.open({ as: nora, path: '/records/deals/new' });
    await field(page, 'Name').fill('Windmill');
    await page.getByRole('combobox', { name: 'Company', exact: true }).fill('Balt');
    await page.getByRole('option', { name: /Balt/ }).first().click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: 'Windmill' }).waitFor();
    await page.waitForURL(/\/records\/deals\/[0-9a-f-]{36}$/);
    web.expectNoPageErrors();
  });

  test('is hidden like a missing one, and locked where it may only be read', async () => {
    const { id } = await newDeal('Not for Lucia');
    const hidden = await web.open({ as: demoUser('lucia'), path: `/records/deals/${id}` });
    await hidden.getByRole('heading', { name: 'Not found' }).waitFor();
    const company = await web.call(nora, 'POST', 'companies', { name: 'Only to look at' });
    const locked = await web.open({ as: demoUser('ravi'), path: `/records/companies/${company.id}` });
    await locked.getByText('You may read this record, but not change it.').waitFor();
    expect(await save(locked).count()).toBe(0);
    await locked.getByRole('button', { name: 'Why?' }).click();
    await locked.getByRole('button', { name: /^Change/ }).click();
    await locked
      .getByText(/Sales representative/)
      .locator('visible=true')
      .first()
      .waitFor();
    web.expectNoPageErrors();
  });

  test('speaks Russian, and fits a phone', async () => {
    const { path } = await newDeal('Крыша амбара');
    const page = await web.open({ as: nora, path, locale: 'ru', viewport: PHONE });
    await page.getByRole('heading', { level: 1, name: 'Крыша амбара' }).waitFor();
    await expectFits(page);
    await page.getByRole('textbox', { name: 'Следующий шаг' }).fill('Позвонить');
    await page.getByRole('textbox', { name: 'Сумма', exact: true }).fill('1 234,5');
    await page.getByRole('button', { name: 'Сохранить' }).click();
    await page.getByText('Сохранено', { exact: true }).waitFor();
    await page.getByText('1 234,50 EUR').first().waitFor();
    await expectAccessible(page);
    await page.setViewportSize(DESKTOP);
    await expectAccessible(page);
    web.expectNoPageErrors();
  });
});
