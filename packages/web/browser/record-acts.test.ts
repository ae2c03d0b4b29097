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

  test('an entity of its own has inputs for JSON without rounding, addresses, durations, several choices and targets', async () => {
    const label = (en: string) => ({ en, ru: en });
    const values = { red: { label: label('Red'), order: 1 }, blue: { label: label('Blue'), order: 2 } };
    const fields = {
      name: { type: 'text', label: label('Name'), max_length: 100, required: true },
      settings: { type: 'json', label: label('Settings') },
      place: { type: 'address', label: label('Place') },
      length: { type: 'duration', label: label('Length') },
      colours: { type: 'multi_choice', label: label('Colours'), choice: 'x_colour' },
      about: {
        type: 'lookup',
        label: label('About'),
        targets: ['deal', 'company'],
        inverse: 'x_probes',
        on_delete: 'set_null',
      },
      friends: { type: 'many', label: label('Friends'), target: 'contact', inverse: 'x_friends' },
    };
    const custom = (kind: string, name: string, body: object) => ({ kind, name, body: { name, ...body } });
    await web.call(admin, 'POST', 'metadata/publish', {
      comment: 'Probe',
      documents: [
        custom('choice', 'x_colour', { label: label('Colour'), values }),
        custom('entity', 'x_probe', {
          ...{
            set: 'x_probes',
            label: label('Probe'),
            plural_label: label('Probes'),
            ownership: 'user',
            title: 'name',
            fields,
          },
        }),
      ],
    });
    const company = await web.call(admin, 'POST', 'companies', { name: 'Zz probed company' });
    await web.call(admin, 'POST', 'contacts', { last_name: 'Zzfriend' });
    const page = await web.open({ path: '/records/x_probes/new' });
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('First');
    await page.getByRole('textbox', { name: 'Settings' }).fill('{"big": 12345678901234567890.5, "list": [1]}');
    await page.getByRole('textbox', { name: 'City' }).fill('Riga');
    await page.getByRole('textbox', { name: 'Length' }).fill('1d 2h');
    await page
      .getByRole('combobox', { name: 'Colours' })
      .or(page.getByRole('textbox', { name: 'Colours' }))
      .first()
      .click();
    for (const colour of ['Red', 'Blue']) await page.getByRole('option', { name: colour }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: 'About: kind' }).click();
    await page.getByRole('option', { name: 'Company', exact: true }).click();
    await page.getByRole('combobox', { name: 'About', exact: true }).fill('Zz probed');
    await page.getByRole('option', { name: 'Zz probed company' }).click();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.waitForURL(/x_probes\/[0-9a-f-]{36}$/);
    const id = page.url().split('/').at(-1);
    const stored = await web.call(admin, 'GET', `x_probes/${id}`);
    expect(stored).toMatchObject({
      place_city: 'Riga',
      colours: ['red', 'blue'],
      about_id: company.id,
      about_type: 'company',
    });
    const text = (): Promise<string> => page.getByRole('textbox', { name: 'Settings' }).inputValue();
    await expect.poll(text).toContain('12345678901234567890.5');
    // What is not touched is not sent, and what is sent keeps its digits.
    await page.getByRole('textbox', { name: 'Settings' }).fill('{"big": 0.12345678901234567891}');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await page.reload();
    await expect.poll(text).toContain('0.12345678901234567891');

    const friends = page.getByRole('region', { name: 'Friends' });
    await friends.getByRole('button', { name: 'Add to Friends' }).click();
    await page.getByRole('menuitem', { name: /^Link/ }).click();
    await choose(page, 'Contact', 'Zzfriend');
    await page.getByRole('dialog').getByRole('button', { name: /^Link/ }).click();
    await friends.getByRole('link', { name: 'Zzfriend' }).waitFor();
    expect((await web.call(admin, 'GET', `x_probes/${id}/friends?$select=id`)).value).toHaveLength(1);
    await friends.getByRole('button', { name: /Zzfriend/ }).click();
    await friends.getByRole('link', { name: 'Zzfriend' }).waitFor({ state: 'detached' });
    expect((await web.call(admin, 'GET', `x_probes/${id}/friends?$select=id`)).value).toHaveLength(0);
    web.expectNoPageErrors();
  });

  test('what the service refuses is told in Russian on Russian pages', async () => {
    const { path } = await newDeal('Отказ');
    const page = await web.open({ as: nora, path, locale: 'ru' });
    await page.getByRole('heading', { level: 1, name: 'Отказ' }).waitFor();
    await page.route('**/api/v1/deals**', (route) =>
      route.request().method() === 'PATCH'
        ? route.fulfill({
            status: 403,
            contentType: 'application/json',
            body: JSON.stringify({
              error: {
                code: 'missing_privilege_on_record',
                message: 'You do not have the privilege write on this deal',
                innererror: { request_id: 'r1' },
              },
            }),
          })
        : route.fallback(),
    );
    await page.getByRole('textbox', { name: 'Следующий шаг' }).fill('Позвонить');
    await page.getByRole('button', { name: 'Сохранить' }).click();
    await page.getByText('У вас нет права «изменение» на эту запись («Сделка»)').waitFor();
    web.expectNoPageErrors();
  });
});
