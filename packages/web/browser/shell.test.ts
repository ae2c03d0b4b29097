// The frame: signing in and out, where one can go, the palette, languages, appearance, phones, sessions that end.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../service/src/testing/test-service.ts';
import { demoUser, describeWeb, expectAccessible, expectFits, PHONE, startWeb, type Web } from './kit.ts';

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

  test('a session that ends is begun again over the page, and what was typed is still there', async () => {
    const page = await web.open({ path: '/records/companies/new' });
    const name = page.getByRole('main').getByRole('textbox').first();
    await name.fill('Typed before the session ended');
    // Both are gone: the cookie, and by the next request the token, as after a night.
    await page.context().clearCookies();
    await page.route('**/api/v1/**', (route) => route.fulfill({ status: 401, body: '{}' }), { times: 1 });
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').fill('aldermoor');
    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await dialog.waitFor();
    expect(await dialog.getByLabel('Email').inputValue()).toBe(ADMIN.email);
    await dialog.getByLabel('Password').first().fill(ADMIN.password);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await name.inputValue()).toBe('Typed before the session ended');
    await page.context().close();
  });

  test('the palette goes to entities and finds records', async () => {
    const page = await web.open({ as: demoUser('nora') });
    await page.getByRole('heading', { level: 1, name: /Nora/ }).waitFor();
    await page.keyboard.press('Control+k');
    const words = page.getByRole('dialog').getByRole('textbox');
    await words.fill('Aldermoor');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Aldermoor Instruments/ })
      .first()
      .click();
    await page.waitForURL(/\/records\/\w+\/[0-9a-f-]{36}/);
    await page.keyboard.press('Control+k');
    await words.fill('compan');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/records/companies*');
    await page.context().close();
  });

  test('the language is Russian where it was chosen, also after loading anew, and the appearance dark', async () => {
    const page = await web.open({ as: demoUser('nora') });
    await page.getByRole('button', { name: /Account and settings/ }).click();
    await page.getByRole('menuitem', { name: 'Русский' }).click();
    await page.getByRole('heading', { name: 'Здравствуйте, Nora Lindqvist' }).waitFor();
    await page.getByRole('button', { name: /Учётная запись и настройки/ }).click();
    await page.getByRole('menuitem', { name: 'Тёмное' }).click();
    await page.reload();
    await page.getByRole('link', { name: 'Компании' }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('ru');
    expect(await page.title()).toBe('Здравствуйте, Nora Lindqvist · Kartoteka');
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    await page.getByRole('main').getByRole('listitem').first().waitFor();
    await expectAccessible(page);
    await page.context().close();
  });

  test('on a phone the navigation is a drawer, which closes where one has gone somewhere', async () => {
    const page = await web.open({ as: demoUser('nora'), viewport: PHONE });
    await page.getByRole('main').getByRole('listitem').first().waitFor();
    await expectFits(page);
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Open the navigation' }).click();
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('link', { name: 'Companies' }).click();
    await page.waitForURL('**/records/companies*');
    await drawer.waitFor({ state: 'detached' });
    await expectFits(page);
    await page.context().close();
  });

  test('an address that leads nowhere says so, and keeps the frame', async () => {
    const page = await web.open({ path: '/nowhere' });
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'To the home page' }).click();
    await page.getByRole('heading', { level: 1, name: /Hello/ }).waitFor();
    await page.context().close();
  });
});
