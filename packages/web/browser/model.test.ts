// The metadata editor in a browser: an administrator puts fields, a relation and a condition into one change set and
// places them; everything that is wrong is told at its place; nothing is published by it.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, demoUser, describeWeb, expectAccessible, expectFits, PHONE, startWeb, type Web } from './kit.ts';

const SET = 'q4-fields';

const drawer = (page: Page) => page.getByRole('dialog', { name: 'New field' });
const put = (page: Page) => drawer(page).getByRole('button', { name: 'Put into the draft' }).click();

async function newField(page: Page, type: RegExp, label: string): Promise<void> {
  await page.getByRole('button', { name: 'New field' }).click();
  await drawer(page).getByRole('button', { name: type }).click();
  await drawer(page).getByLabel('Label (EN)', { exact: true }).first().fill(label);
}

describeWeb('the metadata editor', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(async () => {
    web.expectNoPageErrors();
    await web.stop();
  });

  test('an administrator puts a money field, a choice and an N:N relation into one change set', async () => {
    const page = await web.open({ path: '/admin/model/deal' });
    await newField(page, /^Money/, 'Expected margin');
    await drawer(page).getByLabel('Label (RU)', { exact: true }).fill('Ожидаемая маржа');
    await drawer(page).getByLabel('Decimal places').fill('2');
    const condition = drawer(page).getByLabel('Required when');
    await condition.pressSequentially("stage eq 'wo");
    await page.getByRole('option', { name: "'won' value" }).waitFor();
    await condition.press('Enter');
    await drawer(page).getByText('How it will look').waitFor();
    await expect.poll(() => condition.inputValue()).toBe("stage eq 'won'");
    await put(page);
    const ask = page.getByRole('dialog', { name: 'Where do the changes go?' });
    await ask.getByLabel('Name').fill(SET);
    await ask.getByRole('button', { name: 'Create and use' }).click();
    await page.getByRole('row', { name: /x_expected_margin Money .*custom added/ }).waitFor();

    await newField(page, /^Choice/, 'Risk');
    for (const value of ['High', 'Low']) {
      await drawer(page).getByLabel('New value (EN)').fill(value);
      await drawer(page).getByRole('button', { name: 'Add value' }).click();
    }
    await drawer(page).getByLabel('Colour of high').fill('#e63946');
    // By keyboard: the last value goes first.
    await drawer(page).getByRole('button', { name: 'Move Low' }).press('ArrowUp');
    await put(page);
    await page.getByRole('row', { name: /x_risk Choice/ }).waitFor();

    await page.getByRole('tab', { name: 'Relations' }).click();
    await page.getByRole('button', { name: 'Many to many (N:N)' }).click();
    await drawer(page).getByLabel('Label (EN)', { exact: true }).fill('Partners');
    await drawer(page).getByRole('combobox', { name: 'Connects with' }).click();
    await page.getByRole('option', { name: 'Company (company)' }).click();
    await drawer(page).getByLabel('Name on the other side').fill('x_partner_deals');
    await put(page);
    await page.getByRole('row', { name: /x_partners .*Company/ }).waitFor();

    const { body } = await web.call(admin, 'GET', `metadata/change_sets/${SET}/documents/entity/deal`);
    expect(body.extends).toBe('deal');
    expect(body.fields).toMatchObject({
      x_expected_margin: {
        type: 'money',
        scale: 2,
        label: { en: 'Expected margin', ru: 'Ожидаемая маржа' },
        required_when: "stage eq 'won'",
      },
      x_risk: {
        type: 'choice',
        values: { high: { label: { en: 'High' }, color: '#e63946' }, low: { label: { en: 'Low' } } },
      },
      x_partners: { type: 'many', target: 'company', inverse: 'x_partner_deals' },
    });
    const { high, low } = body.fields.x_risk.values;
    expect(low.order).toBeLessThan(high.order);
    expect(await web.call(admin, 'POST', `metadata/change_sets/${SET}/validate`)).toMatchObject({ valid: true });
    await expectAccessible(page);
  });

  test('they are placed on the form and in a view of the same change set', async () => {
    const page = await web.open({ path: '/admin/model/deal/forms' });
    await page.getByRole('button', { name: 'Choose a change set' }).click();
    const ask = page.getByRole('dialog', { name: 'Where do the changes go?' });
    await ask.getByRole('radio', { name: SET }).check();
    await ask.getByRole('button', { name: 'Use this one' }).click();
    const add = async (to: string, option: string): Promise<void> => {
      await page.getByRole('combobox', { name: to }).first().click();
      await page.getByRole('option', { name: option, exact: true }).click();
      await page.getByRole('option', { name: option, exact: true }).waitFor({ state: 'hidden' });
    };
    await add('Add a field', 'Expected margin');
    await page.getByRole('button', { name: 'Take Expected margin out' }).waitFor();
    await add('Add a field', 'Risk');
    await page.getByRole('button', { name: 'Take Risk out' }).waitFor();
    await add('Add a related list', 'x_partners (company)');
    await page.getByRole('button', { name: 'Take x_partners (company) out' }).waitFor();
    await page.getByRole('tab', { name: 'Views' }).click();
    await page.getByRole('combobox', { name: 'View', exact: true }).click();
    await page.getByRole('option', { name: 'All deals (all_deals)' }).click();
    await add('Add a column', 'Expected margin');
    await page.getByRole('button', { name: 'Take Expected margin out' }).waitFor();
    await add('Add a column', 'Risk');
    await page.getByRole('button', { name: 'Take Risk out' }).waitFor();
  });

  test('the plan is read and published; a salesperson in another browser has them in form, list and filter', async () => {
    const seller = await web.open({ as: demoUser('nora'), path: '/records/deals' });
    await seller.getByRole('columnheader', { name: 'Stage' }).waitFor();
    expect(await seller.getByRole('columnheader', { name: 'Expected margin' }).count()).toBe(0);

    const page = await web.open({ path: `/admin/changes/${SET}/plan` });
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await verdict.getByText('Nothing is lost.').waitFor();
    const statements = page.getByRole('region', { name: 'Statements' });
    for (const sql of [
      /add column[\s\S]*x_expected_margin/i,
      /add column[\s\S]*x_risk/i,
      /create table[\s\S]*deal__x_partners/i,
    ])
      await statements.getByText(sql).first().waitFor();
    await expectAccessible(page);
    await page.getByLabel('Comment').fill('Margins and risks');
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText(/Revision \d+ is published/).waitFor();

    await seller.reload();
    for (const name of ['Expected margin', 'Risk']) await seller.getByRole('columnheader', { name }).waitFor();
    await seller.goto('/records/deals/new');
    await seller.getByLabel(/^Name/).first().fill('Risky deal');
    await seller.getByLabel('Expected margin').first().fill('1200.50');
    await seller.getByRole('combobox', { name: 'Risk' }).click();
    await seller.getByRole('option', { name: 'High' }).click();
    await seller.getByRole('button', { name: 'Create' }).first().click();
    await seller.getByRole('heading', { name: 'Risky deal' }).waitFor();
    await seller.getByRole('region', { name: 'Partners' }).waitFor();
    const [made] = (await web.call(demoUser('nora'), 'GET', "deals?$filter=x_risk eq 'high'&$expand=x_partners")).value;
    expect(made).toMatchObject({ name: 'Risky deal', x_expected_margin: 1200.5, x_partners: [] });

    await seller.goto('/records/deals');
    await seller.getByRole('button', { name: 'Filter', exact: true }).click();
    await seller.getByLabel('Find a field').fill('risk');
    await seller.keyboard.press('Enter');
    await seller.getByRole('checkbox', { name: 'High' }).check();
    await seller.getByRole('button', { name: 'Apply' }).click();
    await seller.getByRole('button', { name: 'Risk is any of High', exact: true }).waitFor();
    await seller.getByText('1 record', { exact: true }).waitFor();
    await seller
      .getByRole('grid')
      .getByRole('row')
      .filter({ hasText: 'Risky deal' })
      .filter({ hasText: '1,200.50' })
      .waitFor();
  });

  test('what is typed and not in the draft is asked about before it is left', async () => {
    const page = await web.open({ path: '/admin/model/company/settings' });
    const label = page.getByRole('textbox', { name: 'Label (EN)', exact: true });
    await label.fill('Firm');
    await page.getByRole('tab', { name: 'Rules' }).click();
    const ask = page.getByRole('dialog', { name: 'Leave without keeping it?' });
    await expectAccessible(page);
    await ask.getByRole('button', { name: 'Cancel' }).click();
    expect(await label.inputValue()).toBe('Firm');
    await page.getByRole('tab', { name: 'Views' }).click();
    await ask.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('combobox', { name: 'View', exact: true }).waitFor();
    await label.fill('Every firm');
    await page.getByRole('combobox', { name: 'View', exact: true }).click();
    await page.getByRole('option').last().click();
    await ask.getByRole('button', { name: 'Cancel' }).click();
    expect(await label.inputValue()).toBe('Every firm');
  });

  test('a duplicate rule is made by the editor that is drawn from its schema', async () => {
    await web.call(admin, 'POST', 'metadata/change_sets', { name: 'rules' });
    const page = await web.open({ path: '/admin/model/-/documents' });
    await page.getByRole('region', { name: 'Mappings' }).getByRole('link', { name: 'lead_to_deal' }).waitFor();
    await page.getByRole('link', { name: 'New duplicate rule' }).click();
    await page.getByRole('textbox', { name: 'Label (EN)', exact: true }).fill('Same website');
    await page.getByRole('combobox', { name: 'Entity', exact: true }).click();
    await page.getByRole('option', { name: 'Company (company)' }).click();
    const put = page.getByRole('button', { name: 'Put into the draft' });
    await put.click();
    await page.getByText('Must be given').first().waitFor();
    await page.getByRole('combobox', { name: 'Add to: What matches' }).fill('website');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('combobox', { name: 'How', exact: true }).click();
    await page.getByRole('option', { name: 'exact' }).click();
    await expectAccessible(page);
    await put.click();
    const ask = page.getByRole('dialog', { name: 'Where do the changes go?' });
    await ask.getByRole('radio', { name: 'rules' }).check();
    await ask.getByRole('button', { name: 'Use this one' }).click();
    await page.waitForURL('**/documents/duplicate_rule/x_same_website');
    const made = 'metadata/change_sets/rules/documents/duplicate_rule/x_same_website';
    expect((await web.call(admin, 'GET', made)).body).toEqual({
      name: 'x_same_website',
      label: { en: 'Same website' },
      entity: 'company',
      match: { website: { how: 'exact' } },
    });
  });

  test('everything that is wrong with a field is told at its place before it is sent', async () => {
    const page = await web.open({ path: '/admin/model/contact' });
    await newField(page, /^Text/, 'Name of nobody');
    await drawer(page).getByLabel('Longest').fill('99999');
    await drawer(page).getByLabel('Required when').fill('nobody eq 5');
    await drawer(page).getByLabel('Name', { exact: true }).fill('nobody');
    await put(page);
    await drawer(page).getByText('At most 10000').waitFor();
    await drawer(page).getByText('Names of your own begin with x_', { exact: true }).waitFor();
    await drawer(page)
      .getByText(/There is no property nobody/)
      .waitFor();
    await drawer(page).getByRole('status').waitFor();
    await expectAccessible(page);
  });

  test('a label of a shipped field is customised, and reset to what lies below', async () => {
    const page = await web.open({ path: '/admin/model/company' });
    await page.getByRole('button', { name: 'Choose a change set' }).click();
    const ask = page.getByRole('dialog', { name: 'Where do the changes go?' });
    await ask.getByLabel('Name').fill('labels');
    await ask.getByRole('button', { name: 'Create and use' }).click();
    await page.getByRole('button', { name: 'Draft: labels' }).waitFor();
    await page
      .getByRole('row', { name: /^Name name Text/ })
      .getByRole('button', { name: 'Name' })
      .click();
    const field = page.getByRole('dialog', { name: 'Field name' });
    await field.getByLabel('Label (EN)', { exact: true }).fill('Trade name');
    await field.getByRole('button', { name: 'Put into the draft' }).click();
    const row = page.getByRole('row', { name: /^Trade name name Text .*customised changed/ });
    await row.waitFor();
    const changed = await web.call(admin, 'GET', 'metadata/change_sets/labels/documents/entity/company');
    expect(changed.body).toEqual({ extends: 'company', fields: { name: { label: { en: 'Trade name' } } } });
    await row.getByRole('button', { name: 'Reset to what the layers below say' }).click();
    await page.getByRole('row', { name: /^Name name Text/ }).waitFor();
    expect((await web.call(admin, 'GET', 'metadata/change_sets/labels')).documents).toEqual([]);
    // A set that somebody has removed or published meanwhile is chosen no longer.
    await web.call(admin, 'DELETE', 'metadata/change_sets/labels');
    await page.reload();
    await page.getByRole('button', { name: 'Choose a change set' }).waitFor();
    await page.getByRole('row', { name: /^Name name Text/ }).waitFor();
  });

  test('the diagram is narrowed to an entity and its neighbours, saved as a file, and leads to an entity', async () => {
    const page = await web.open({ path: '/admin/model/-/diagram' });
    const entities = page.locator('.react-flow__node');
    await entities.filter({ hasText: 'campaign_member' }).waitFor();
    const all = await entities.count();
    await page.getByLabel('Show an entity and its neighbours').fill('campaign_member');
    await expect.poll(() => entities.count()).toBeLessThan(all);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as SVG' }).click();
    expect((await saved).suggestedFilename()).toBe('model.svg');
    await expectAccessible(page);
    await entities.filter({ hasText: 'campaign_member' }).click();
    await page.waitForURL('**/admin/model/campaign_member');
  });

  test('on a phone in Russian no page is wider than the window', async () => {
    const page = await web.open({ path: '/admin/model', locale: 'ru', viewport: PHONE });
    await page.getByRole('heading', { name: 'Модель данных' }).waitFor();
    await page.getByRole('link', { name: 'Сделка', exact: true }).waitFor();
    await expectFits(page);
    await page.goto('/admin/model/deal');
    await page.getByRole('button', { name: 'Новое поле' }).waitFor();
    await expectFits(page);
  });
});
