// Lists as people use them: filter, order, search, keys, many records at once, a value changed in its cell, far scrolling, a phone.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, describeWeb, expectAccessible, expectFits, PHONE, startWeb, type Web } from './kit.ts';

const rows = (page: Page) => page.getByRole('grid').getByRole('row');
/** The row of a record; the names of the others do not hold this one. */
const row = (page: Page, text: string) => rows(page).filter({ hasText: text });

describeWeb('lists', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  }, 120_000);
  afterAll(() => web?.stop());

  const make = (set: string, records: readonly object[]): Promise<{ results: { id: string }[] }> =>
    web.call(admin, 'POST', `${set}/bulk`, { records });

  test('a filter, an order and a search are in the URL, and back takes them away one by one', async () => {
    const page = await web.open({ path: '/records/deals' });
    await rows(page).nth(3).waitFor();
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByLabel('Find a field').fill('stage');
    await page.keyboard.press('Enter');
    await page.getByRole('checkbox', { name: 'Won' }).check();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('button', { name: 'Stage is any of Won', exact: true }).waitFor();
    await page.waitForURL(/filter=stage\+in/);
    await row(page, 'Won').first().waitFor();
    expect(await row(page, 'Negotiation').count()).toBe(0);
    await page.getByRole('grid').getByRole('button', { name: 'Amount', exact: true }).click();
    await page.waitForURL(/sort=amount/);
    await page
      .getByRole('columnheader', { name: 'Amount', exact: true })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor();
    await page.goBack();
    await page.goBack();
    await row(page, 'Negotiation').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('no such deal');
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await page.getByRole('button', { name: 'Show all records' }).click();
    await row(page, 'Negotiation').first().waitFor();
    await expectAccessible(page);
    web.expectNoPageErrors();
  });

  test('by keys alone: rows are chosen, deleted and had back; a record is looked at beside the list', async () => {
    await make(
      'companies',
      ['Zz one', 'Zz two', 'Zz three'].map((name) => ({ name })),
    );
    const page = await web.open({ path: `/records/companies?filter=${encodeURIComponent("startswith(name,'Zz ')")}` });
    await row(page, 'Zz two').waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('x');
    await page.keyboard.press('Shift+ArrowDown');
    await page.getByText('2 records chosen').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Delete: 2 records done').waitFor();
    await page.getByText('1 record', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Restore: 2 records done').waitFor();
    await page.getByText('3 records', { exact: true }).waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('p');
    await page
      .getByRole('complementary', { name: 'Company beside the list' })
      .getByRole('link', { name: 'Open the record' })
      .waitFor();
    await expectAccessible(page);
    web.expectNoPageErrors();
  });

  test('what is deleted is in the recycle bin, from where it comes back', async () => {
    const { results } = await make('companies', [{ name: 'Yy gone' }]);
    await web.call(admin, 'DELETE', `companies/${results[0]?.id}`);
    const page = await web.open({ path: '/recycle-bin/companies' });
    await row(page, 'Yy gone').getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('Restore: 1 record done').waitFor();
    expect((await web.call(admin, 'GET', `companies/${results[0]?.id}?$select=name`)).name).toBe('Yy gone');
    web.expectNoPageErrors();
  });

  test('a value changed in its cell meets a change of somebody else, and both are shown', async () => {
    const { results } = await make('deals', [{ name: 'Ww deal', product: 'first' }]);
    const id = results[0]?.id;
    const page = await web.open({ path: `/records/deals?filter=${encodeURIComponent("startswith(name,'Ww ')")}` });
    await row(page, 'Ww deal').waitFor();
    await page.getByRole('grid').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('e');
    const input = page.getByRole('textbox', { name: 'Name' });
    await input.fill('Ww mine');
    await web.call(admin, 'PATCH', `deals/${id}`, { name: 'Ww theirs' });
    await page.keyboard.press('Enter');
    await page.getByText('It is now:').waitFor();
    await page.getByRole('alert').getByText('Ww theirs').waitFor();
    await page.getByRole('button', { name: 'Save mine' }).click();
    await row(page, 'Ww mine').waitFor();
    expect((await web.call(admin, 'GET', `deals/${id}?$select=name`)).name).toBe('Ww mine');
    web.expectNoPageErrors();
  });

  test('a long list is scrolled to its end, drawing only what is seen', async () => {
    const name = (at: number) => `Vv ${String(at).padStart(4, '0')}`;
    await make(
      'companies',
      Array.from({ length: 350 }, (_, at) => ({ name: name(at) })),
    );
    const query = new URLSearchParams({ filter: "startswith(name,'Vv ')", sort: 'name' });
    const page = await web.open({ path: `/records/companies?${query}` });
    await row(page, name(0)).waitFor();
    await page.getByText('350 records').waitFor();
    await page.getByRole('grid').focus();
    // Each goes to the end of what is there, from where the next page follows.
    for (const last of [99, 199, 299, 349]) {
      await page.keyboard.press('End');
      await row(page, name(last)).waitFor();
      if (last < 349) await row(page, name(last + 1)).waitFor();
    }
    expect(await rows(page).count()).toBeLessThan(80);
    await page.keyboard.press('Home');
    await row(page, name(0)).waitFor();
    web.expectNoPageErrors();
  });

  test('at the width of a phone, and in Russian, rows are cards and nothing is cut off sideways', async () => {
    const page = await web.open({ path: '/records/deals', viewport: PHONE, locale: 'ru' });
    await page.getByRole('heading', { name: 'Сделки' }).waitFor();
    await rows(page).nth(3).waitFor();
    await expectFits(page);
    await expectAccessible(page);
    web.expectNoPageErrors();
  });
});
