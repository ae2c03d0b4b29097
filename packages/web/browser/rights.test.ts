// Rights as an administrator works with them: a role is narrowed and the records that are lost by it are named, a refused access is explained, a
// key is made, used and revoked.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { admin, demoUser, describeWeb, expectAccessible, expectFits, PHONE, startWeb, type Web } from './kit.ts';

interface Deal {
  readonly id: string;
  readonly name: string;
}

describeWeb('rights', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(async () => {
    await web?.stop();
  });

  const deals = async (who: typeof admin): Promise<readonly Deal[]> =>
    (await web.call(who, 'GET', 'deals?$select=id,name&$orderby=id&$top=1000')).value;

  it('are narrowed in the matrix by keyboard, after the people and records that lose are named', async () => {
    const [lost] = await deals(demoUser('ravi'));
    const page = await web.open({ path: '/admin/roles/sales_representative' });
    const cell = page.getByRole('button', { name: /^Read, Deals: Own records/ });
    await cell.focus();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Read, Deals: None, changed' }).waitFor();
    await page.getByRole('button', { name: 'Who gains and loses' }).click();
    const preview = page.getByRole('dialog', { name: 'Who gains and loses what' });
    await preview.getByText(/People who lose something: [1-9]/).waitFor();
    await preview
      .getByText(/Ravi Menon/)
      .first()
      .waitFor();
    await preview
      .getByRole('link', { name: lost?.name ?? '', exact: true })
      .first()
      .waitFor();
    await preview.getByRole('button', { name: 'Close' }).last().click();
    await preview.waitFor({ state: 'hidden' });
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Put into change set' }).click();
    await page.getByRole('dialog').waitFor();
    web.expectNoPageErrors();
  });

  it('are explained for a record that somebody may not read: what is missing, what would be enough, whom to ask', async () => {
    const ravi = (await web.call(admin, 'GET', "users?$filter=email eq 'ravi@demo.example'&$select=id")).value[0];
    const own = new Set((await deals(demoUser('ravi'))).map(({ id }) => id));
    const hidden = (await deals(admin)).find(({ id }) => !own.has(id));
    const page = await web.open({ path: `/admin/explain?user=${ravi.id}&entity=deal&id=${hidden?.id}&privilege=read` });
    const told = page.getByRole('region', { name: 'Read' });
    await told.getByText('No', { exact: true }).waitFor();
    await told.getByRole('listitem').filter({ hasText: 'does not reach this record' }).first().waitFor();
    await told.getByText('Each of these would be enough').waitFor();
    await told.getByText(/Ask the owner of the record/).waitFor();
    await expectAccessible(page);
    web.expectNoPageErrors();
  });

  it('go to programs by a key that is shown once and refused when it is revoked', async () => {
    const page = await web.open({ as: demoUser('nora'), path: '/account' });
    await page.getByRole('tab', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'New key' }).click();
    const dialog = page.getByRole('dialog', { name: 'New key' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('nightly load');
    await dialog.getByRole('button', { name: 'New key' }).click();
    const key = await dialog.getByRole('textbox', { name: 'nightly load' }).inputValue();
    expect(key).toMatch(/^ktk_/);
    const ask = async (): Promise<number> =>
      (await fetch(`${web.address}/api/v1/deals?$top=1`, { headers: { authorization: `Bearer ${key}` } })).status;
    expect(await ask()).toBe(200);
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: 'Revoke the key nightly load' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No keys.').waitFor();
    await expect.poll(ask, { timeout: 5_000 }).toBe(401);
    web.expectNoPageErrors();
  });

  it('fit on a phone, in Russian', async () => {
    const page = await web.open({ path: '/admin/users', locale: 'ru', viewport: PHONE });
    await page.getByRole('button', { name: /Nora/ }).click();
    const drawer = page.getByRole('dialog', { name: 'Пользователь' });
    await drawer.getByRole('tab', { name: 'Роли' }).click();
    await drawer.getByRole('link', { name: 'Руководитель продаж' }).waitFor();
    await expectFits(page);
    await expectAccessible(page);
    web.expectNoPageErrors();
  });
});
