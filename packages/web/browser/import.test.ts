// An import as somebody does it: a file in Windows-1251 with three bad rows, a trial, the run, the file of bad rows, corrected and brought again.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { admin, describeWeb, expectAccessible, startWeb, type Web } from './kit.ts';

const HEADER = 'Название;Website;Revenue;Company size';
const GOOD = [
  'ООО "Ромашка";https://romashka.example;1200,50;x',
  'Ёлка;;7,00;x',
  '"Acme; Ltd";https://acme.example;;x',
];
const BAD = ['Без адреса;no address;1,00;x', ';https://noname.example;2,00;x', 'Не число;;много;x'];

/** Of the companies, once the file was corrected. */
const NAMES = ['Acme; Ltd', 'Без адреса', 'Ёлка', 'Не число', 'ООО "Ромашка"', 'С именем'];

/** Windows-1251 of texts in Cyrillic and ASCII. */
function windows1251(text: string): Buffer {
  const cyrillic = new TextDecoder('windows-1251');
  const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [cyrillic.decode(Uint8Array.of(byte)), byte]));
  return Buffer.from([...text].map((char) => bytes.get(char) ?? 0x3f));
}

describeWeb('the import', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  afterAll(async () => {
    await web?.stop();
  });

  it('tells which rows are taken for records that are there', async () => {
    const known = await web.call(admin, 'POST', 'contacts', { last_name: 'Known', email: 'known@import.example' });
    const page = await web.open({ path: '/import/contacts' });
    const buffer = Buffer.from('Last name,Email\nAgain,KNOWN@import.example\nFresh,fresh@import.example\n');
    await page.locator('input[type=file]').setInputFiles({ name: 'contacts.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('cell', { name: 'Again' }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const told = page.getByRole('region', { name: 'Possible duplicates' });
    await told.getByText('1 row is taken for another record').waitFor();
    expect(await told.getByRole('link', { name: 'Known' }).getAttribute('href')).toBe(`/records/contacts/${known.id}`);
    expect(await counts(page)).toMatchObject({ Created: '2', Failed: '0' });
    await expectAccessible(page);
  });

  it('stores what it can, shows why the rest failed, and takes the corrected file', async () => {
    const page = await web.open({ path: '/import/companies' });
    const lines = [HEADER, GOOD[0], BAD[0], GOOD[1], BAD[1], BAD[2], GOOD[2]];
    const buffer = windows1251(`${lines.join('\r\n')}\r\n`);
    await page.locator('input[type=file]').setInputFiles({ name: 'companies.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('cell', { name: 'ООО "Ромашка"' }).waitFor();
    expect(await page.getByRole('combobox', { name: 'Encoding' }).inputValue()).toBe('Windows-1251 (Cyrillic)');
    expect(await page.getByRole('combobox', { name: 'Delimiter' }).inputValue()).toBe('Semicolon');
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.getByRole('combobox', { name: 'What Название becomes' }).inputValue()).toContain('(name)');
    expect(await page.getByRole('combobox', { name: 'What Revenue becomes' }).inputValue()).toContain('(revenue)');
    expect(await page.getByRole('combobox', { name: 'What Company size becomes' }).inputValue()).toBe('');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Next' }).click();

    await page.getByRole('button', { name: 'Try it' }).click();
    await page.getByText('Trial finished: nothing is stored').waitFor();
    expect(await counts(page)).toEqual({ Created: '3', Changed: '0', Unchanged: '0', Failed: '3' });
    expect(await stored(web)).toEqual([]);

    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Import finished').waitFor();
    expect(await counts(page)).toEqual({ Created: '3', Changed: '0', Unchanged: '0', Failed: '3' });
    expect(await stored(web)).toEqual(['Acme; Ltd', 'Ёлка', 'ООО "Ромашка"'].toSorted());
    await page.getByRole('cell', { name: /Revenue.*"много" is not a number/ }).waitFor();
    await expectAccessible(page);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download them as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('companies.errors.csv');
    const errors = new TextDecoder('windows-1251').decode(await readFile(await download.path()));
    const rows = errors.split('\r\n').filter((row) => row !== '');
    expect(rows[0]).toBe(`${HEADER};error`);
    // What the file itself shows to be wrong is known before the service has answered.
    expect(
      rows
        .slice(1)
        .map((row) => row.split(';"')[0])
        .toSorted(),
    ).toEqual(BAD.toSorted());

    const corrected = errors
      .replace('no address', 'https://address.example')
      .replace('\r\n;https', '\r\nС именем;https')
      .replace('много', '3,00');
    await page.goto('/import/companies');
    const again = { name: 'companies.errors.csv', mimeType: 'text/csv', buffer: windows1251(corrected) };
    await page.locator('input[type=file]').setInputFiles(again);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('Import finished').waitFor();
    expect(await counts(page)).toEqual({ Created: '3', Changed: '0', Unchanged: '0', Failed: '0' });
    expect(await stored(web)).toEqual(NAMES.toSorted());
    web.expectNoPageErrors();
  });
});

async function counts(page: Awaited<ReturnType<Web['open']>>): Promise<Record<string, string>> {
  const outcome = page.getByRole('region', { name: 'Outcome' });
  const [terms, values] = [await outcome.locator('dt').allInnerTexts(), await outcome.locator('dd').allInnerTexts()];
  return Object.fromEntries(terms.map((term, at) => [term, values[at] ?? '']));
}

/** Names of the companies of the file, in order. */
async function stored(web: Web): Promise<string[]> {
  const filter = `name in (${NAMES.map((name) => `'${name}'`).join(',')})`;
  const list = await web.call(admin, 'GET', `companies?$select=name&$filter=${encodeURIComponent(filter)}`);
  return list.value.map(({ name }: { name: string }) => name).toSorted();
}
