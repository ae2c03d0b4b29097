// What is done with a record beside editing it: given to another owner, shared, had back; and inputs of the rarer kinds of fields.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, demoUser, describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

describeWeb('acts on a record', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web?.stop());

  const nora = demoUser('nora');
  const idOf = async (name: string): Promise<string> =>
    (await web.call(admin, 'GET', `users?$select=id&$filter=email eq '${name}@demo.example'`)).value[0].id;
  const newDeal = async (name: string): Promise<{ id: string; path: string }> => {
    const { id } = await web.call(nora, 'POST', 'deals', { name });
    return { id, path: `/records/deals/${id}` };
  };
  const act = async (page: Page, name: string): Promise<void> => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  };
  /** Chooses a user by what he is called. */
  const choose = async (page: Page, label: string, name: string): Promise<void> => {
    await page.getByRole('combobox', { name: label, exact: true }).fill(name);
    await page
      .getByRole('option', { name: new RegExp(name) })
      .first()
      .click();
  };

  test('it goes to another owner, and comes back', async () => {
    const { id, path } = await newDeal('To be assigned');
    const [before, ravi] = [await idOf('nora'), await idOf('ravi')];
    const page = await web.open({ path });
    await act(page, 'Assign');
    const dialog = page.getByRole('dialog');
    await choose(page, 'New owner', 'Ravi');
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Assign' }).click();
    await page.getByText('To be assigned was assigned').waitFor();
    const owner = async () => (await web.call(admin, 'GET', `deals/${id}?$select=owner_id`)).owner_id;
    expect(await owner()).toBe(ravi);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('is back with its owner').waitFor();
    expect(await owner()).toBe(before);
    web.expectNoPageErrors();
  });

  test('it is shared, the rights are changed and taken back, and each can be undone', async () => {
    const { id, path } = await newDeal('To be shared');
    const page = await web.open({ path });
    const told = async () =>
      (await web.call(admin, 'GET', `deals(${id})/shares`)).value.map((share: { name: string; rights: string[] }) => [
        share.name.split(' ')[0],
        ...share.rights,
      ]);
    await act(page, 'Share');
    const panel = page.getByRole('dialog', { name: 'Share To be shared' });
    await panel.getByText('Nobody yet').waitFor();
    await choose(page, 'Share with', 'Ravi');
    await panel.getByRole('checkbox', { name: 'Change' }).check();
    await panel.getByRole('button', { name: 'Share', exact: true }).click();
    const row = panel.getByRole('listitem').filter({ hasText: 'Ravi' });
    await row.getByText('Read, Change').waitFor();
    expect(await told()).toEqual([['Ravi', 'read', 'write']]);
    await row.getByRole('button', { name: /^Change the rights/ }).click();
    await row.getByRole('checkbox', { name: 'Change' }).uncheck();
    await expectAccessible(page);
    await row.getByRole('button', { name: 'Change the share' }).click();
    await page.getByText('The share was changed').waitFor();
    expect(await told()).toEqual([['Ravi', 'read']]);
    await row.getByRole('button', { name: /^Take the share back/ }).click();
    await panel.getByText('Nobody yet').waitFor();
    expect(await told()).toEqual([]);
    const taken = page.getByRole('alert').filter({ hasText: 'The share was taken back' });
    await taken.getByRole('button', { name: 'Undo' }).click();
    await row.getByText('Read', { exact: false }).waitFor();
    expect(await told()).toEqual([['Ravi', 'read']]);
    web.expectNoPageErrors();
  });
});
