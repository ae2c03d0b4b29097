// `npm run screenshots`: pictures of the main pages in docs/img/, from the demo data. Run by Vitest, because the kit is a test's. With
// KARTOTEKA_PICTURES=<folder> they go there.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { demoUser, describeWeb, type OpenOptions, PHONE, startWeb, type Web } from './kit.ts';

const FOLDER = process.env.KARTOTEKA_PICTURES ?? fileURLToPath(new URL('../../../docs/img', import.meta.url));
const nora = demoUser('nora');

interface Picture {
  readonly name: string;
  readonly open: OpenOptions;
  /** What is done before the picture is taken. */
  readonly before?: (page: Page) => Promise<void>;
}

const openFirstRecord = async (page: Page): Promise<void> => {
  await page.locator('main a[href^="/records/deals/"]:not([href$="/new"])').first().click();
  await page.waitForURL(/\/records\/deals\/[0-9a-f-]{36}/);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

const openPalette = async (page: Page): Promise<void> => {
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('textbox').fill('co');
};

const PICTURES: readonly Picture[] = [
  { name: 'login', open: { as: null, path: '/login' } },
  { name: 'home', open: { as: nora } },
  { name: 'list', open: { as: nora, path: '/records/deals' } },
  { name: 'list-dark', open: { as: nora, path: '/records/companies', dark: true } },
  { name: 'list-phone', open: { as: nora, path: '/records/deals', viewport: PHONE } },
  { name: 'record', open: { as: nora, path: '/records/deals' }, before: openFirstRecord },
  {
    name: 'record-phone-ru',
    open: { as: nora, path: '/records/deals', viewport: PHONE, locale: 'ru' },
    before: openFirstRecord,
  },
  { name: 'palette', open: { as: nora, path: '/' }, before: openPalette },
  { name: 'model', open: { path: '/admin/model/deal' } },
  { name: 'diagram-dark', open: { path: '/admin/model/-/diagram', dark: true } },
  { name: 'roles', open: { path: '/admin/roles/sales_representative' } },
];

describeWeb('pictures', () => {
  let web: Web;
  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    web = await startWeb();
  });
  afterAll(() => web?.stop());

  test.each(PICTURES)('$name', async ({ name, open, before }) => {
    const page = await web.open(open);
    await page.waitForLoadState('networkidle');
    await before?.(page);
    await page.waitForLoadState('networkidle');
    await page
      .getByRole('status', { name: /Loading|Загрузка/ })
      .first()
      .waitFor({ state: 'detached' });
    await page.screenshot({ path: `${FOLDER}/${name}.png`, animations: 'disabled', caret: 'hide' });
    await page.context().close();
  });
});
