// A publish as an administrator makes it: the plan is read, what is lost is consented to, another's publish is seen; and what others see of it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { admin, demoUser, describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

const BUDGET = { type: 'money', label: { en: 'Marketing budget', ru: 'Бюджет' } };
const field = (name: string, document: object | null) => ({
  kind: 'entity',
  name: 'company',
  patch: { fields: { [name]: document } },
});

describeWeb('changes of the Model', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(async () => {
    await web?.stop();
  });

  it('are published by their plan, and somebody else has them in form and list without a restart', async () => {
    await web.call(admin, 'POST', 'metadata/change_sets', {
      name: 'budget',
      comment: 'Budgets of companies',
      documents: [
        field('x_budget', BUDGET),
        { kind: 'view', name: 'all_companies', patch: { columns: { x_budget: { order: 15 } } } },
        { kind: 'form', name: 'company', patch: { sections: { main: { fields: { x_budget: { order: 15 } } } } } },
      ],
    });
    const seller = await web.open({ as: demoUser('nora'), path: '/records/companies/new' });
    await seller.getByLabel('Website').first().waitFor();
    expect(await seller.getByLabel('Marketing budget').count()).toBe(0);

    const page = await web.open({ path: '/admin/changes' });
    await page.getByRole('link', { name: 'budget' }).click();
    await page.getByRole('region', { name: 'Entity company' }).getByText('x_budget').first().waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Plan and publish' }).click();
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await verdict.getByText('Nothing is lost.').waitFor();
    await verdict.getByText('Nobody gains or loses rights.').waitFor();
    await page
      .getByRole('region', { name: 'Statements' })
      .getByText(/add column[\s\S]*x_budget/i)
      .first()
      .waitFor();
    await page.getByRole('region', { name: 'Changes', exact: true }).getByText('x_budget').first().waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText(/Revision \d+ is published/).waitFor();
    await expectAccessible(page);

    await seller.reload();
    await seller.getByLabel('Marketing budget').first().waitFor();
    await seller.goto('/records/companies');
    await seller.getByRole('columnheader', { name: 'Marketing budget' }).waitFor({ timeout: 60_000 });
    web.expectNoPageErrors();
  });

  it('that lose values ask for consent to each, and are brought back from what is hidden', async () => {
    const [company] = (await web.call(admin, 'GET', 'companies?$top=1&$select=id')).value;
    await web.call(admin, 'PATCH', `companies(${company.id})`, { x_budget: 500 });
    await web.call(admin, 'POST', 'metadata/change_sets', {
      name: 'no-budget',
      documents: [
        field('x_budget', null),
        { kind: 'view', name: 'all_companies', remove: true },
        { kind: 'form', name: 'company', remove: true },
      ],
    });
    const page = await web.open({ path: '/admin/changes/no-budget/plan' });
    await page
      .getByRole('region', { name: 'Verdict' })
      .getByText(/Stored values get out of reach: \d/)
      .waitFor();
    const publish = page.getByRole('button', { name: 'Publish', exact: true });
    await page.getByLabel('Comment').fill('Budgets are kept elsewhere');
    expect(await publish.isDisabled()).toBe(true);
    for (const consent of await page
      .getByRole('group', { name: 'I have read what is lost' })
      .getByRole('checkbox')
      .all()) {
      await consent.check();
    }
    await publish.click();
    await page.getByText(/Revision \d+ is published/).waitFor();

    await page.goto('/admin/hidden-data');
    await page
      .getByRole('row', { name: /company\.x_budget/ })
      .first()
      .waitFor();
    await expectAccessible(page);
    await page
      .getByRole('row', { name: /company\.x_budget/ })
      .first()
      .getByRole('button', { name: 'Restore' })
      .click();
    await page
      .getByRole('region', { name: 'Verdict' })
      .getByText(/Hidden values of \d field/)
      .waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText(/Revision \d+ is published/).waitFor();
    expect((await web.call(admin, 'GET', `companies(${company.id})?$select=x_budget`)).x_budget).toBe(500);
    web.expectNoPageErrors();
  });

  it('of the same document that others published meanwhile are shown place by place and put together', async () => {
    const labelled = (label: string) => [field('x_budget', { label: { en: label } })];
    await web.call(admin, 'POST', 'metadata/change_sets', {
      name: 'mine',
      comment: 'Mine',
      documents: labelled('Budget A'),
    });
    await web.call(admin, 'POST', 'metadata/publish', { comment: 'Theirs', documents: labelled('Budget B') });
    const page = await web.open({ path: '/admin/changes/mine/plan' });
    await page.getByText('Others have published the same documents').waitFor();
    await page.getByText('Conflict', { exact: true }).waitFor();
    await page.getByText('"Budget B"').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Take theirs over, mine where we disagree' }).click();
    await page.getByRole('region', { name: 'Verdict' }).getByText('Nothing is lost.').waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText(/Revision \d+ is published/).waitFor();

    await page.getByRole('link', { name: 'History' }).last().click();
    await page
      .getByRole('row', { name: /Theirs/ })
      .getByRole('link')
      .click();
    await page.getByText('"Budget B"').waitFor();
    await page.getByRole('link', { name: 'Roll back to here' }).click();
    await page.getByRole('region', { name: 'Verdict' }).waitFor();
    await page.getByRole('button', { name: 'Roll back to here' }).click();
    await page.getByText(/Revision \d+ is published/).waitFor();
    const { body } = await web.call(admin, 'GET', 'metadata/documents/entity/company?layer=custom');
    expect(body.fields.x_budget.label.en).toBe('Budget B');
    web.expectNoPageErrors();
  });
});
