// Exports from a real service: files that are imported elsewhere and are the same there, rights, and what is left of an export
// that breaks off.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ENCODINGS } from '@kartoteka/metadata/transfer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeUser, startTestService, type TestService } from '../testing/test-service.ts';
import { type TransferKit, transferKit } from './testing/transfer-kit.ts';

let running: TestService;
let elsewhere: TestService;
let kit: TransferKit;
let other: TransferKit;

beforeAll(async () => {
  [running, elsewhere] = [await startTestService(), await startTestService()];
  kit = transferKit(() => running.address);
  other = transferKit(() => elsewhere.address);
});

afterAll(async () => {
  kit?.remove();
  other?.remove();
  await running?.stop();
  await elsewhere?.stop();
});

const COMPANIES = {
  key: 'external_id',
  delimiter: ';',
  columns: {
    No: 'external_id',
    Name: 'name',
    Sector: { to: 'industry', unlisted: 'error', values: { Technik: 'technology', Handel: 'retail' } },
    Revenue: { to: 'revenue', number: { decimal: ',', thousands: ' ', shift: 3 } },
    Parent: { to: 'parent_company_id', lookup: { in: 'companies', by: 'external_id' } },
    Notes: { to: 'description', trim: false },
  },
};

const CONTACTS = {
  key: 'external_id',
  columns: {
    No: 'external_id',
    'Last name': 'last_name',
    Born: { to: 'birth_date', date: 'D.M.YYYY' },
    Company: { to: 'company_id', lookup: { in: 'companies', by: 'external_id' } },
    Call: { to: 'do_not_call', boolean: { true: ['нет'], false: ['да'] } },
    Since: { to: 'created_on', date: 'DD.MM.YYYY HH:mm:ss', zone: 'Europe/Moscow' },
    Mobile: 'mobile_phone',
  },
};

const companies = [
  'No;Name;Sector;Revenue;Parent;Notes',
  'A1;Acme;Technik;1 234 567,89;;',
  'A2;"Beta; ""B"" Ltd";;;A1;"line one\n  line two; with ""quotes"" "',
  'A3;ООО "Ромашка";Handel;0,5;A2;\'=1+1',
  // What looks marked already has one mark more.
  "A4;''@x;;1 000,5;;'-1",
];
const contacts = [
  'No,Last name,Born,Company,Call,Since,Mobile',
  "K1,Жук,9.5.1980,A2,нет,31.12.2019 02:30:00,'+79161234567",
  'K2,"Smith, Jr",,,да,01.07.2020 12:00:00,',
];

describe('an export', () => {
  it('with the map of an import gives a file that is imported elsewhere and is the same there', async () => {
    kit.write('companies.csv', `${companies.join('\r\n')}\r\n`);
    kit.write('contacts.csv', `${contacts.join('\r\n')}\r\n`);
    const [companyMap, contactMap] = [kit.write('companies.json', COMPANIES), kit.write('contacts.json', CONTACTS)];
    expect((await kit.import('companies', 'companies.csv', companyMap)).code).toBe(0);
    expect((await kit.import('contacts', 'contacts.csv', contactMap)).code).toBe(0);
    const order = { orderby: 'external_id' };
    const first = await kit.export('companies', 'out.csv', { ...order, map: companyMap });
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^4 records of companies in /), err: '' });
    await kit.export('contacts', 'people.csv', { ...order, map: contactMap });
    const [out, people] = [kit.read('out.csv') ?? '', kit.read('people.csv') ?? ''];
    // A quotation mark within a text is written twice, whichever way it was read.
    const expected = companies.map((line) => line.replace('ООО "Ромашка"', '"ООО ""Ромашка"""'));
    expect(out).toBe(`${expected.join('\r\n')}\r\n`);
    expect(people).toBe(`${contacts.join('\r\n')}\r\n`);
    expect((await kit.import('companies', 'out.csv', companyMap)).out).toContain('0 created, 0 updated, 4 unchanged');
    expect((await kit.import('contacts', 'people.csv', contactMap)).out).toContain('0 created, 0 updated, 2 unchanged');

    other.write('out.csv', out);
    other.write('people.csv', people);
    expect((await other.import('companies', 'out.csv', companyMap)).out).toContain('4 created');
    expect((await other.import('contacts', 'people.csv', contactMap)).out).toContain('2 created');
    await other.export('companies', 'out2.csv', { ...order, map: companyMap });
    await other.export('contacts', 'people2.csv', { ...order, map: contactMap });
    expect([other.read('out2.csv'), other.read('people2.csv')]).toEqual([out, people]);
    const query = 'contacts?$orderby=external_id&$select=last_name,birth_date,do_not_call,created_on,mobile_phone';
    expect(await other.all(query)).toMatchObject((await kit.all(query)).map(withoutControl));
  });

  it('by id can be changed in a spreadsheet and brought back', async () => {
    await kit.export('companies', 'ids.csv', { select: 'id,name', orderby: 'name' });
    const map = { mode: 'update', key: 'id', columns: { id: 'id', name: 'name' } };
    expect((await kit.import('companies', 'ids.csv', map)).out).toContain('0 created, 0 updated, 4 unchanged');
    kit.write('ids.csv', `${(kit.read('ids.csv') ?? '').replace('Acme', 'Acme 2')}${randomUUID()},Nobody\r\n`);
    expect((await kit.import('companies', 'ids.csv', map)).out).toContain(
      '0 created, 1 updated, 3 unchanged, 1 failed',
    );
    expect(kit.read('ids.csv.errors.csv')).toContain('Nobody,"There is no such record"');
    kit.write('ids.csv', (kit.read('ids.csv') ?? '').replace('Acme 2', 'Acme'));
    await kit.import('companies', 'ids.csv', map);
  });

  it('without a map writes the properties, filtered and in order, in the encoding and with the delimiter asked for', async () => {
    const options = { select: 'name, industry', filter: `industry ne null`, orderby: 'name desc' };
    const { code } = await kit.export('companies', 'plain.csv', {
      ...options,
      encoding: 'windows-1251',
      delimiter: '\t',
    });
    expect(code).toBe(0);
    expect(ENCODINGS['windows-1251'].decode(kit.bytes('plain.csv'))).toBe(
      'name\tindustry\r\n"ООО ""Ромашка"""\tretail\r\nAcme\ttechnology\r\n',
    );
    await kit.export('companies', 'all.csv', { filter: `name eq 'Acme'` });
    expect(kit.read('all.csv')).toMatch(/^id,.*\bname\b.*\r\n.*Acme.*\r\n$/);
    await kit.export('companies', 'none.csv', { select: 'name', filter: `name eq 'Nobody'` });
    expect(kit.read('none.csv')).toBe('name\r\n');
  });

  it('writes many records in constant pieces, each once', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `B${index},Company ${index}`);
    kit.write('many.csv', ['id,name', ...lines].join('\n'));
    await kit.import('companies', 'many.csv', { key: 'external_id', columns: { id: 'external_id', name: 'name' } });
    const { out } = await kit.export('companies', 'many-out.csv', {
      select: 'external_id',
      filter: `startswith(external_id,'B')`,
    });
    expect(out).toContain('5000 records');
    const exported = (kit.read('many-out.csv') ?? '').trimEnd().split('\r\n').slice(1);
    expect(exported.sort()).toEqual(lines.map((line) => line.split(',')[0]).sort());
  });

  it('needs the capability export, and shows what the user may read', async () => {
    await makeUser(running.address, 'rep@example.com', 'correct horse reps', 'sales_representative');
    const rep = { user: 'rep@example.com', password: 'correct horse reps' };
    const refused = await kit.export('companies', 'rep.csv', rep);
    expect(refused).toMatchObject({ code: 2, out: '', err: 'You do not have the capability export' });
    expect([kit.read('rep.csv'), kit.read('rep.csv.part')]).toEqual([null, null]);
  });

  it('of what is not there is refused in words, and an older file stays', async () => {
    kit.write('old.csv', 'old');
    const set = await kit.export('companys', 'old.csv');
    expect(set).toMatchObject({
      code: 2,
      err: 'there is no entity set companys that you may read; did you mean companies?',
    });
    const property = await kit.export('companies', 'old.csv', { select: 'nam' });
    expect(property).toMatchObject({ code: 2, err: expect.stringContaining('There is no property nam on company') });
    const filter = await kit.export('companies', 'old.csv', { filter: 'name eq' });
    expect(filter.code).toBe(2);
    expect(kit.read('old.csv')).toBe('old');
    expect(kit.read('old.csv.part')).toBeNull();
    const place = await kit.export('companies', 'no/such/folder.csv');
    expect(place).toMatchObject({ code: 2, err: expect.stringContaining('cannot be written') });
  });

  it('ends at a character that the encoding does not have, without a file', async () => {
    kit.write('emoji.csv', 'id,name\nE1,Smile 😀\n');
    await kit.import('companies', 'emoji.csv', { key: 'external_id', columns: { id: 'external_id', name: 'name' } });
    const options = { select: 'name', filter: `external_id eq 'E1'`, encoding: 'windows-1251' } as const;
    const { code, err } = await kit.export('companies', 'emoji-out.csv', options);
    expect([code, err]).toEqual([2, 'Row 1 has a character (😀) that windows-1251 does not have: use utf-8']);
    expect([kit.read('emoji-out.csv'), kit.read('emoji-out.csv.part')]).toEqual([null, null]);
  });

  it.each([
    ['a connection that is lost', 'name\r\nAcme\r\n', true, 'The export broke off, there is no file'],
    ['an answer that ends within a row', 'name\r\n"Acme', false, 'ended within a row'],
    ['an answer without a header', '', false, 'without a header'],
  ])('leaves no file after %s', async (_, text, cut, reason) => {
    const server = createServer((request, response) => {
      if (request.url === '/auth/token') {
        response.end('{"access_token":"x","refresh_token":"y","expires_in":600}');
      } else if (request.url === '/api/v1/') response.end('{"value":[{"name":"companies"}]}');
      else {
        response.writeHead(200, { 'content-type': 'text/csv' }).write(text);
        setTimeout(() => (cut ? request.socket.destroy() : response.end()), 50);
      }
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { code, err } = await kit.export('companies', 'broken.csv', { url });
    server.close();
    server.closeAllConnections();
    expect([code, err]).toEqual([2, expect.stringContaining(reason)]);
    expect([kit.read('broken.csv'), kit.read('broken.csv.part')]).toEqual([null, null]);
  });
});

/** The record without what only its own service says of it. */
function withoutControl(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !name.startsWith('@') && name !== 'id'));
}
