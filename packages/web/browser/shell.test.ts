// The frame: signing in and out, where one can go, the palette, languages, appearance, phones, sessions that end.
import { afterAll, afterEach, beforeAll, test } from 'vitest';
import { ADMIN } from '../../service/src/testing/test-service.ts';
import { describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

describeWeb('the frame', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(() => web?.stop());
  afterEach(() => web.expectNoPageErrors());

  test('signing in leads to where one wanted to go, and out again to the login page', async () => {
    const page = await web.open({ as: null, path: '/records/companies' });
    await page.waitForURL('**/login?next=*');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Must be given').first().waitFor();
    await page.getByLabel('Email').fill(ADMIN.email);
    await page.getByLabel('Password').first().fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The address or the password is wrong.').waitFor();
    await page.getByLabel('Password').first().fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/records/companies');
    const navigation = page.getByRole('navigation', { name: 'Main navigation' });
    await navigation.getByRole('link', { name: 'Companies' }).waitFor();
    await page.reload();
    await navigation.getByRole('link', { name: 'Companies' }).waitFor();
    await page.getByRole('button', { name: /Account and settings/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/login*');
    await page.goto('/records/companies');
    await page.waitForURL('**/login?next=*');
    await page.context().close();
  });
});
