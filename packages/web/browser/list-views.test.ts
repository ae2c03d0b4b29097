// Views that people save: kept by the service, shared, opened first; groups with headings; from a related list to the whole list.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, demoUser, describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

const row = (page: Page, text: string) => page.getByRole('grid').getByRole('row').filter({ hasText: text });
const menu = (page: Page) => page.getByRole('button', { name: /^View: / });
const pick = async (page: Page, name: string | RegExp): Promise<void> => {
  await menu(page).click();
  await page.getByRole('menuitem', { name }).click();
};

describeWeb('views of lists', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web?.stop());

  const nora = demoUser('nora');

  test('are saved, renamed, opened first, and found again in another browser; deleted ones come back', async () => {
    const page = await web.open({
      as: nora,
      path: `/records/companies?filter=${encodeURIComponent("name eq 'Nowhere'")}`,
    });
    await pick(page, 'Save as a view of mine…');
    await page.getByRole('textbox', { name: 'Name' }).fill('Far away');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'View: Far away' }).waitFor();
    await pick(page, 'Rename “Far away”…');
    await page.getByRole('textbox', { name: 'Name' }).fill('Not here');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('button', { name: 'View: Not here' }).waitFor();
    await pick(page, 'Open the list with “Not here”');
    await menu(page).click();
    await page.getByRole('menuitem', { name: 'Open the list with the usual view' }).waitFor();
    await expectAccessible(page, { popup: true });

    const other = await web.open({ as: nora, path: '/records/companies' });
    await other.getByRole('button', { name: 'View: Not here' }).waitFor();
    await other.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await pick(other, 'Delete the view “Not here”');
    await other.getByText('The view “Not here” was deleted').waitFor();
    await expect.poll(() => row(other, '').count()).toBeGreaterThan(1);
    await other.getByRole('button', { name: 'Undo' }).click();
    await other.getByText('The view “Not here” is back').waitFor();
    await other.getByRole('button', { name: 'View: Not here' }).waitFor();
    web.expectNoPageErrors();
  });

  test('are shared like any record, and offered to whom they are shared with', async () => {
    const page = await web.open({ as: nora, path: '/records/deals?sort=name' });
    await pick(page, 'Save as a view of mine…');
    await page.getByRole('textbox', { name: 'Name' }).fill('By name');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await pick(page, 'Share “By name”…');
    const panel = page.getByRole('dialog', { name: 'Share By name' });
    await panel.getByRole('combobox', { name: 'Share with' }).fill('Ravi');
    await page.getByRole('option', { name: /Ravi/ }).click();
    await panel.getByRole('button', { name: 'Share', exact: true }).click();
    await panel.getByRole('listitem').filter({ hasText: 'Ravi' }).waitFor();

    const ravi = await web.open({ as: demoUser('ravi'), path: '/records/deals' });
    await pick(ravi, 'By name');
    await ravi
      .getByRole('columnheader', { name: 'Name', exact: true })
      .and(ravi.locator('[aria-sort=ascending]'))
      .waitFor();
    await menu(ravi).click();
    expect(await ravi.getByRole('menuitem', { name: /^Delete the view/ }).count()).toBe(0);
    const lucia = await web.open({ as: demoUser('lucia'), path: '/records/deals' });
    await menu(lucia).click();
    await lucia.getByRole('menuitem').first().waitFor();
    expect(await lucia.getByRole('menuitem', { name: 'By name' }).count()).toBe(0);
    web.expectNoPageErrors();
  });

  test('put rows together under headings, until the list is ordered otherwise', async () => {
    const page = await web.open({ path: '/records/deals?view=pipeline_deals' });
    const headings = page.getByRole('grid').getByText('Stage', { exact: true }).and(page.locator('span'));
    await headings.first().waitFor();
    expect(await headings.count()).toBeGreaterThan(0);
    await expectAccessible(page);
    await page.getByRole('grid').getByRole('button', { name: 'Name', exact: true }).click();
    await page.waitForURL(/sort=name/);
    await row(page, '').nth(2).waitFor();
    await expect.poll(() => page.locator('[class*=groupLabel]').count()).toBe(0);
    web.expectNoPageErrors();
  });

  test('show all records of a related list, as a list of their own', async () => {
    const { id } = await web.call(admin, 'POST', 'companies', { name: 'Zz with many' });
    await web.call(admin, 'POST', 'contacts/bulk', {
      records: Array.from({ length: 25 }, (_, at) => ({ last_name: `Zz ${at}`, company_id: id })),
    });
    const page = await web.open({ path: `/records/companies/${id}` });
    const list = page.getByRole('region', { name: 'Contacts' });
    await list.getByRole('button', { name: 'Show more' }).click();
    await list.getByText('The first 20 of 25').waitFor();
    await list.getByRole('link', { name: 'Show all 25 as a list' }).click();
    await page.getByText('25 records', { exact: true }).waitFor();
    await page
      .getByRole('button', { name: /Zz with many/ })
      .first()
      .waitFor();
    web.expectNoPageErrors();
  });
});
