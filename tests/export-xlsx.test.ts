// Lists as workbooks, read by a parser of another hand: what a cell is, what is exact, and that nothing in it is a formula.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { exported, XLSX } from './export-kit.ts';
import { readWorkbook, rowsOf, type Sheets, unzip } from './xlsx-reader.ts';

let crm: Crm;

beforeAll(async () => {
  crm = await startCrm();
});
afterAll(() => crm.close());

const workbook = async (path: string, headers?: Record<string, string>): Promise<Sheets> =>
  readWorkbook(crm.platform, (await exported(crm, path, headers)).bytes);

describe('a list as XLSX', () => {
  it('has numbers, dates, moments and truth as such, and titles in the language asked for', async () => {
    const company = await crm.create('companies', { name: 'Acme', revenue: '1234567890.1234', headcount: 7 });
    await crm.create('contacts', {
      last_name: 'Petrova',
      birth_date: '1980-05-09',
      do_not_call: true,
      company_id: company.id,
    });
    const path = `/contacts?$select=last_name,birth_date,do_not_call,created_on&$expand=company($select=name,revenue,headcount)`;
    const { headers, bytes } = await exported(crm, path, { accept: XLSX, 'accept-language': 'en' });
    expect(headers).toMatchObject({
      'content-type': XLSX,
      'content-disposition': 'attachment; filename="contacts.xlsx"',
    });
    expect([...unzip(bytes).keys()][0]).toBe('[Content_Types].xml');
    const sheets = await readWorkbook(crm.platform, bytes);
    const sheet = sheets.get('Contacts');
    expect(rowsOf(sheet)[0]).toEqual([
      'Last name',
      'Date of birth',
      'Do not call',
      'Created on',
      'Company / Name',
      'Company / Annual revenue',
      'Company / Employees',
    ]);
    expect(sheet?.get('A1')).toMatchObject({ type: 'inlineStr', style: '1' });
    expect(sheet?.get('A2')).toEqual({ type: 'inlineStr', style: null, text: 'Petrova' });
    // 9 May 1980 is day 29350 of spreadsheets.
    expect(sheet?.get('B2')).toEqual({ type: null, style: '2', text: '29350' });
    expect(sheet?.get('C2')).toEqual({ type: 'b', style: null, text: '1' });
    expect(sheet?.get('D2')).toMatchObject({ type: null, style: '3' });
    const days = (Date.now() - Date.UTC(1899, 11, 30)) / 86_400_000;
    expect(Math.abs(Number(sheet?.get('D2')?.text) - days)).toBeLessThan(0.01);
    expect(sheet?.get('F2')).toEqual({ type: null, style: null, text: '1234567890.1234' });
    expect(sheet?.get('G2')).toEqual({ type: null, style: null, text: '7' });
    const russian = await workbook('/contacts?$select=last_name', { accept: XLSX, 'accept-language': 'ru' });
    expect([...russian.keys()]).toEqual(['Контакты']);
    expect(rowsOf(russian.get('Контакты'))[0]).toEqual(['Фамилия']);
  });

  it('is asked for by $format as well, and JSON where that is preferred', async () => {
    expect((await exported(crm, '/contacts?$select=last_name&$format=xlsx', {})).headers['content-type']).toBe(XLSX);
    const preferred = await crm.call(crm.admin, 'GET', '/contacts?$select=id', undefined, {
      accept: `${XLSX};q=0.5, application/json`,
    });
    expect(preferred.json.value).toHaveLength(1);
    for (const format of ['constructor', '__proto__', 'xlsxx'])
      expect((await crm.call(crm.admin, 'GET', `/contacts?$format=${format}`)).status).toBe(406);
  });

  it('keeps every text as it is, and none is a formula', async () => {
    const texts = [
      '=1+1',
      '+1',
      '-1',
      '@x',
      "'=1",
      ' two\nlines ',
      'a\rb\r\nc',
      '<b>&"\'</b>',
      '_x0041_',
      '_x000D',
      'ä😀\u2028',
      '00123',
      '\u0001\u001f\u007f',
      '1e5',
      'TRUE',
    ];
    for (const [n, name] of texts.entries()) await crm.create('campaigns', { name: `n${n}`, description: name });
    const sheet = (await workbook('/campaigns?$select=name,description&$orderby=created_on')).get('Campaigns');
    const shown = rowsOf(sheet)
      .slice(1)
      .map(([, text]) => text);
    const stored = (await crm.call(crm.admin, 'GET', '/campaigns?$select=description&$orderby=created_on')).json.value;
    expect(shown).toEqual(stored.map(({ description }: { description: string }) => description));
    expect(shown).toEqual(expect.arrayContaining(['=1+1', ' two\nlines ', '_x0041_', '00123']));
    expect([...(sheet?.values() ?? [])].every(({ type }) => type === 'inlineStr')).toBe(true);
    expect(sheet?.get('B2')?.style).toBe('4');
  });

  it('is empty but for its titles where nothing is found', async () => {
    expect(rowsOf((await workbook("/deals?$select=name&$filter=name eq 'none'")).get('Deals'))).toEqual([['Name']]);
  });

  it('needs the capability export, and is recorded with its format', async () => {
    const rep = await crm.user(`Rep ${randomUUID()}`, ['sales_representative']);
    expect(await crm.call(rep, 'GET', '/deals?$format=xlsx')).toMatchObject({
      status: 403,
      json: { code: 'missing_capability' },
    });
    await exported(crm, '/contacts?$select=id');
    const log = await crm.platform.database.run(
      `select kind, target_entity as entity, details->>'format' as format, details->>'records' as records
       from kartoteka.security_log where kind like 'export%' order by id desc limit 2`,
    );
    expect(log).toEqual([
      { kind: 'export_ended', entity: 'contact', format: null, records: '1' },
      { kind: 'export_started', entity: 'contact', format: 'xlsx', records: null },
    ]);
  });

  it('is no part of a batch', async () => {
    const requests = [{ id: '1', method: 'GET', url: 'deals?$format=xlsx' }];
    const { json } = await crm.call(crm.admin, 'POST', '/$batch', { requests });
    expect(json.responses[0]).toMatchObject({ status: 501, body: { error: { code: 'not_supported' } } });
  });
});
