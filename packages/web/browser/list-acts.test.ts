// What is done with many records of a list and taken back; export; columns; what opens over pages, for those who hear it.
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

const rows = (page: Page) => page.getByRole('grid').getByRole('row');
const row = (page: Page, text: string) => rows(page).filter({ hasText: text });

describeWeb('acts on lists', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web?.stop());

  /** A list of new deals whose names begin so, all chosen. */
  async function chosen(prefix: string, count: number): Promise<{ page: Page; ids: readonly string[] }> {
    const records = Array.from({ length: count }, (_, at) => ({ name: `${prefix} ${at}`, product: `p${at}` }));
    const { results } = await web.call(admin, 'POST', 'deals/bulk', { records });
    const filter = encodeURIComponent(`startswith(name,'${prefix} ')`);
    const page = await web.open({ path: `/records/deals?view=all_deals&filter=${filter}&sort=name` });
    await row(page, `${prefix} 0`).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('Control+a');
    await page.getByText(`${count} records chosen`).waitFor();
    return { page, ids: results.map(({ id }: { id: string }) => id) };
  }
  const valuesOf = async (prefix: string, name: string): Promise<readonly unknown[]> => {
    const filter = encodeURIComponent(`startswith(name,'${prefix} ')`);
    const { value } = await web.call(admin, 'GET', `deals?$select=${name}&$orderby=name&$filter=${filter}`);
    return value.map((record: Record<string, unknown>) => record[name]);
  };

  test('many are edited and have their former values back, but for one that somebody has changed since', async () => {
    const { page, ids } = await chosen('Uu', 3);
    await page.getByRole('button', { name: 'Edit a field' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('combobox', { name: 'Field' }).fill('Product');
    await page.getByRole('option', { name: 'Product', exact: true }).click();
    await dialog.getByRole('textbox', { name: 'Product', exact: true }).fill('all');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Change' }).click();
    await page.getByText('3 records done').waitFor();
    expect(await valuesOf('Uu', 'product')).toEqual(['all', 'all', 'all']);
    await web.call(admin, 'PATCH', `deals/${ids[2]}`, { product: 'other' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Back to the former values: 2 records done').waitFor();
    await page.getByText(/Somebody has changed it since/).waitFor();
    expect(await valuesOf('Uu', 'product')).toEqual(['p0', 'p1', 'other']);
    web.expectNoPageErrors();
  });

  test('many are assigned and shared, and both are taken back', async () => {
    const { page, ids } = await chosen('Tt', 2);
    const owners = await valuesOf('Tt', 'owner_id');
    const to = async (action: string, label: string): Promise<void> => {
      await page.getByRole('button', { name: action, exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('combobox', { name: label }).fill('Ravi');
      await page.getByRole('option', { name: /Ravi/ }).first().click();
      await dialog.getByRole('button', { name: action, exact: true }).click();
      await page.getByText('2 records done').waitFor();
    };
    const choose = async (): Promise<void> => {
      await page.getByRole('grid').focus();
      await page.keyboard.press('Control+a');
    };
    await to('Assign', 'New owner');
    expect(new Set(await valuesOf('Tt', 'owner_id'))).not.toEqual(new Set(owners));
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Back to the former owners: 2 records done').waitFor();
    expect(await valuesOf('Tt', 'owner_id')).toEqual(owners);
    await choose();
    await to('Share', 'With whom');
    const shares = async () => (await web.call(admin, 'GET', `deals(${ids[0]})/shares`)).value.length;
    expect(await shares()).toBe(1);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Back to the former shares: 2 records done').waitFor();
    expect(await shares()).toBe(0);
    web.expectNoPageErrors();
  });

  test('a list becomes a file with its columns and no more rows than it has', async () => {
    const { page } = await chosen('Ss', 3);
    // As browsers do that cannot write into a file that was chosen.
    await page.evaluate('delete window.showSaveFilePicker');
    await page.getByRole('button', { name: 'Choose none' }).click();
    const taken = async (kind: string) => {
      await page.getByRole('button', { name: 'Export' }).click();
      await expectAccessible(page, { popup: true });
      const item = page.getByRole('menuitem', { name: kind });
      const [download] = await Promise.all([page.waitForEvent('download'), item.click()]);
      await page.getByText('The export is complete').first().waitFor();
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const csv = await taken('As CSV');
    expect(csv.name).toBe('deals-all_deals.csv');
    const lines = csv.bytes.toString().trim().split(/\r?\n/);
    expect(lines).toHaveLength(4);
    expect(lines[1]).toContain('Ss 0');
    const workbook = await taken('XLSX');
    expect(workbook.name).toBe('deals-all_deals.xlsx');
    expect(workbook.bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
    web.expectNoPageErrors();
  });

  test('columns are taken away, moved, widened by keys, and are there again after loading anew', async () => {
    const page = await web.open({ path: '/records/companies?view=all_companies' });
    await rows(page).nth(2).waitFor();
    const heads = () => page.getByRole('columnheader').allInnerTexts();
    const [, first = '', second = ''] = await heads();
    await page.getByRole('button', { name: 'Columns' }).click();
    await expectAccessible(page, { popup: true });
    await page.getByRole('button', { name: `Move ${first} back` }).click();
    await page
      .getByRole('button', { name: /^Take .* away$/ })
      .last()
      .click();
    await page.keyboard.press('Escape');
    // The list is loaded anew with its other columns.
    await expect.poll(async () => (await heads()).slice(1, 3)).toEqual([second, first]);
    const width = page.getByRole('separator', { name: `Width of the column ${second}` });
    const before = Number(await width.getAttribute('aria-valuenow'));
    await width.press('ArrowRight');
    await expect.poll(async () => Number(await width.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
    const kept = await heads();
    await page.reload();
    await rows(page).nth(2).waitFor();
    expect(await heads()).toEqual(kept);
    web.expectNoPageErrors();
  });

  test('palette, menus, shortcuts and dialogs are what they say to those who hear them', async () => {
    const page = await web.open({ path: '/records/deals' });
    await rows(page).nth(2).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill('deal');
    await page.getByRole('dialog').getByRole('button').first().waitFor();
    await expectAccessible(page, { popup: true });
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /Account and settings/ }).click();
    await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).waitFor();
    await expectAccessible(page, { popup: true });
    await page.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await expectAccessible(page, { popup: true });
    await page.keyboard.press('Escape');
    await page.getByRole('grid').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/deals\/[0-9a-f-]{36}$/);
    await page.getByRole('button', { name: 'More actions' }).click();
    await expectAccessible(page, { popup: true });
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).waitFor();
    await expectAccessible(page, { popup: true });
    web.expectNoPageErrors();
  });
});
