// Imports into a real service: what is stored, what stands in the error file and why, and that a second run changes nothing.
import { ENCODINGS } from '@kartoteka/metadata/transfer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestService, type TestService } from '../testing/test-service.ts';
import { type TransferKit, transferKit } from './testing/transfer-kit.ts';

let running: TestService;
let kit: TransferKit;

beforeAll(async () => {
  running = await startTestService();
  kit = transferKit(() => running.address);
});

afterAll(async () => {
  kit?.remove();
  await running?.stop();
});

const COMPANIES = {
  key: 'external_id',
  columns: {
    id: 'external_id',
    name: 'name',
    industry: { to: 'industry', values: { technolgy: 'technology' } },
    revenue: { to: 'revenue', number: { decimal: ',', thousands: ' ' } },
  },
};

async function changeLog(): Promise<number> {
  const [row] = await running.service.platform.database.run('select count(*)::int as n from kartoteka.change_log');
  return Number(row?.n);
}

describe('an import', () => {
  it('stores rows, and a second run changes nothing: no version, no row of the change log', async () => {
    kit.write(
      'a.csv',
      '\ufeffid;name;industry;revenue\r\nA1;Acme;technolgy;1 100,04\r\n\r\nA2;"Beta; ""B"" Ltd";retail;\r\n',
    );
    const first = await kit.import('companies', 'a.csv', COMPANIES);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(/^2 rows in .* 2 created, 0 updated, 0 unchanged, 0 failed\n$/);
    const query = `companies?$filter=startswith(external_id,'A')&$orderby=name&$select=name,industry,revenue`;
    const stored = await kit.all(query);
    expect(stored.map(({ name, industry, revenue }) => [name, industry, revenue])).toEqual([
      ['Acme', 'technology', 1100.04],
      ['Beta; "B" Ltd', 'retail', null],
    ]);
    const logged = await changeLog();
    const second = await kit.import('companies', 'a.csv', COMPANIES);
    expect(second.out).toContain('0 created, 0 updated, 2 unchanged, 0 failed');
    expect(await kit.all(query)).toEqual(stored);
    expect(await changeLog()).toBe(logged);
    kit.write('a.csv', 'id;name;industry;revenue\nA2;Gamma;;7\n');
    expect((await kit.import('companies', 'a.csv', COMPANIES)).out).toContain('0 created, 1 updated');
    expect(await kit.all(`companies?$filter=external_id eq 'A2'&$select=name,industry,revenue`)).toMatchObject([
      { name: 'Gamma', industry: null, revenue: 7 },
    ]);
    expect(kit.read('a.csv.errors.csv')).toBeNull();
  });

  it('puts every row that is not stored into the error file as it stood, which can be corrected and imported again', async () => {
    const good = 'B1,Good,retail,1';
    const lines = [
      'B2,,retail,1',
      'B3,Bad industry,farming,1',
      'B4,"Bad ""number""",retail,x',
      'B5,too,many,1,cells',
      'B6,too few',
      'B7,"text" after,retail,1',
      'B8,"open,retail,1',
      ',No key,retail,1',
      `B9,${'x'.repeat(201)},,1`,
    ];
    kit.write('b.csv', ['id,name,industry,revenue', ...lines.slice(0, 4), good, ...lines.slice(4)].join('\r\n'));
    const map = { ...COMPANIES, columns: { ...COMPANIES.columns, revenue: { to: 'revenue', number: {} } } };
    const { code, out } = await kit.import('companies', 'b.csv', map);
    expect(code).toBe(1);
    expect(out).toContain('10 rows in');
    expect(out).toContain('1 created, 0 updated, 0 unchanged, 9 failed');
    expect(out).toContain(`Rows that failed are in ${kit.folder}/b.csv.errors.csv`);
    const [header, ...rows] = (kit.read('b.csv.errors.csv') ?? '').trimEnd().split('\r\n');
    expect(header).toBe('id,name,industry,revenue,error');
    expect(rows).toEqual(
      expect.arrayContaining([
        'B2,,retail,1,"name: is required"',
        expect.stringMatching(/^B3,Bad industry,farming,1,"industry: must be one of technology, software,.*"$/),
        'B4,"Bad ""number""",retail,x,"revenue: ""x"" is not a number such as 234.56"',
        'B5,too,many,1,cells,"the row has 5 columns, the header has 4"',
        'B6,too few,,,"the row has 2 columns, the header has 4"',
        'B7,"""text"" after",retail,1,"there is text after a closing quotation mark (a quotation mark within quoted text is written twice)"',
        'B8,"""open",retail,1,"a quotation mark is opened and not closed"',
        ',No key,retail,1,"id (external_id): is empty, but records are recognised by it"',
        `B9,${'x'.repeat(201)},,1,"name: must have at most 200 characters"`,
      ]),
    );
    expect(rows).toHaveLength(9);

    const corrected = (kit.read('b.csv.errors.csv') ?? '')
      .replace('B2,,', 'B2,Beta,')
      .replace('farming', 'agriculture')
      .replace('retail,x', 'retail,2')
      .replace('too,many,1,cells', 'not too many,,1');
    kit.write('b2.csv', corrected);
    const again = await kit.import('companies', 'b2.csv', map);
    expect(again.err).toBe('');
    expect(again.out).toContain('7 created, 0 updated, 0 unchanged, 2 failed');
    const [header2, ...rows2] = (kit.read('b2.csv.errors.csv') ?? '').trimEnd().split('\r\n');
    expect(header2).toBe(header);
    expect(rows.filter((row) => row.startsWith(',') || row.startsWith('B9')).sort()).toEqual(rows2.sort());
  });

  it('reads Windows-1251 and writes the rows that fail in it, and refuses it unsaid', async () => {
    const text = 'id;name;industry;revenue\r\nC1;ООО "Ромашка";retail;1,5\r\nC2;Ёж;хлеб;\r\n';
    const bytes = Buffer.from(ENCODINGS['windows-1251'].encode(text) ?? []);
    kit.write('c.csv', bytes);
    const unsaid = await kit.import('companies', 'c.csv', COMPANIES);
    expect(unsaid).toMatchObject({ code: 2, out: '' });
    expect(unsaid.err).toContain('c.csv is not UTF-8 (line 2)');
    expect(kit.read('c.csv.errors.csv')).toBeNull();
    const { code, out } = await kit.import('companies', 'c.csv', COMPANIES, { encoding: 'windows-1251' });
    expect([code, out.includes('1 created')]).toEqual([1, true]);
    expect(await kit.all(`companies?$filter=external_id eq 'C1'&$select=name`)).toMatchObject([
      { name: 'ООО "Ромашка"' },
    ]);
    const errors = ENCODINGS['windows-1251'].decode(kit.bytes('c.csv.errors.csv'));
    expect(errors).toMatch(/^id;name;industry;revenue;error\r\nC2;Ёж;хлеб;;"industry: must be one of/);
  });

  it('puts rows with bytes that are no text into the error file as they are, and imports the others', async () => {
    const bad = Buffer.concat([Buffer.from('D2,'), Buffer.from([0xc6, 0xff]), Buffer.from(',retail,2')]);
    kit.write(
      'd.csv',
      Buffer.concat([Buffer.from('id,name,industry,revenue\nD1,Жук,,1\n'), bad, Buffer.from('\nD3,Ёж,,3')]),
    );
    const { code, out } = await kit.import('companies', 'd.csv', COMPANIES, { encoding: 'utf-8' });
    expect(code).toBe(1);
    expect(out).toContain('2 created, 0 updated, 0 unchanged, 1 failed');
    expect(kit.bytes('d.csv.errors.csv').includes(bad)).toBe(true);
    expect(kit.read('d.csv.errors.csv')).toContain('there are bytes that are no text in utf-8');
  });

  it('refuses a field of 10 MB with the reason, copies it whole, and goes on', async () => {
    const long = 'x'.repeat(10_000_000);
    kit.write('long.csv', `id,name,industry,revenue\nL1,"${long}",,\nL2,After,,\nL3,${'y'.repeat(3_000_000)},,\n`);
    const { code, out } = await kit.import('companies', 'long.csv', COMPANIES);
    expect(code).toBe(1);
    expect(out).toContain('1 created, 0 updated, 0 unchanged, 2 failed');
    const errors = kit.read('long.csv.errors.csv') ?? '';
    expect(errors.includes(`\nL1,"${long}",,,"the row is longer than 4194304 bytes"\n`)).toBe(true);
    // Not toContain: a failure would print it all.
    expect(errors.includes('yyy,,,"The limit characters of one record (1048576) is exceeded"\n')).toBe(true);
    expect(await kit.all(`companies?$filter=external_id eq 'L2'&$select=name`)).toMatchObject([{ name: 'After' }]);
  });

  it('stores nothing in a dry run and says what it would do, also of rows that refer to each other', async () => {
    const map = { ...COMPANIES, columns: { id: 'external_id', name: 'name', parent: PARENT } };
    kit.write('dry.csv', 'id,name,parent\nE1,Child,E2\nE2,Parent,\nE3,Lost,E9\nE4,,\n');
    const before = await changeLog();
    const { code, out } = await kit.import('companies', 'dry.csv', map, { dryRun: true });
    expect(code).toBe(1);
    expect(out).toMatch(/^Dry run, nothing is stored: 4 rows .* 2 created, 0 updated, 0 unchanged, 2 failed/);
    expect(await changeLog()).toBe(before);
    expect(await kit.all(`companies?$filter=startswith(external_id,'E')&$select=id`)).toEqual([]);
    const errors = kit.read('dry.csv.errors.csv');
    expect(errors).toContain('E3,Lost,E9,"parent (parent_company_id): there are no companies with external_id ""E9"""');
    expect(errors).toContain('E4,,,"name: is required"');
  });
});

const PARENT = { to: 'parent_company_id', lookup: { in: 'companies', by: 'external_id' } };

describe('lookups', () => {
  it('lead to records of the same file in any order, and circles stay in the error file', async () => {
    const map = { key: 'external_id', columns: { id: ['external_id', 'name'], parent: PARENT } };
    kit.write('tree.csv', 'id,parent\nF4,F3\nF3,F2\nF2,F1\nF1,\nF5,F6\nF6,F5\n');
    const { code, out } = await kit.import('companies', 'tree.csv', map, { batch: 2, parallel: 2 });
    expect(out).toContain('4 created, 0 updated, 0 unchanged, 2 failed');
    expect(code).toBe(1);
    const stored = await kit.all(
      `companies?$filter=startswith(external_id,'F')&$orderby=external_id&$select=name&$expand=parent_company($select=name)`,
    );
    expect(stored.map(({ name, parent_company: parent }) => [name, parent?.name ?? null])).toEqual([
      ['F1', null],
      ['F2', 'F1'],
      ['F3', 'F2'],
      ['F4', 'F3'],
    ]);
    expect((await kit.import('companies', 'tree.csv', map)).out).toContain(
      '0 created, 0 updated, 4 unchanged, 2 failed',
    );
  });

  it('that lead nowhere or to several records are errors, or null where the map says so', async () => {
    kit.write('g.csv', 'id,name\nG1,Twin\nG2,Twin\nG3,Single\n');
    const companies = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
    await kit.import('companies', 'g.csv', companies);
    const company = { to: 'company_id', lookup: { in: 'companies', by: 'name' } };
    const map = { key: 'external_id', columns: { id: 'external_id', last: 'last_name', company } };
    kit.write('h.csv', "id,last,company\nH1,A,Twin\nH2,B,Nobody's\nH3,C,Single\nH4,D,\n");
    const { out } = await kit.import('contacts', 'h.csv', map);
    expect(out).toContain('2 created, 0 updated, 0 unchanged, 2 failed');
    const errors = kit.read('h.csv.errors.csv');
    expect(errors).toContain('H1,A,Twin,"company (company_id): several companies with name ""Twin"""');
    expect(errors).toContain(`H2,B,Nobody's,"company (company_id): there are no companies with name ""Nobody's"""`);
    const lenient = { ...company, lookup: { ...company.lookup, missing: 'null' } };
    const second = await kit.import('contacts', 'h.csv', { ...map, columns: { ...map.columns, company: lenient } });
    expect(second.out).toContain('1 created, 0 updated, 2 unchanged, 1 failed');
  });

  it('tell many equal names from one even where a page is full of them', async () => {
    const lines = Array.from({ length: 1100 }, (_, index) => `I${index},Same name`);
    kit.write('i.csv', ['id,name', ...lines, 'I-one,Alone'].join('\n'));
    await kit.import('companies', 'i.csv', { key: 'external_id', columns: { id: 'external_id', name: 'name' } });
    const company = { to: 'company_id', lookup: { in: 'companies', by: 'name' } };
    kit.write('j.csv', 'id,last,company\nJ1,A,Same name\nJ2,B,Alone\nJ3,C,Nobody\n');
    const map = { key: 'external_id', columns: { id: 'external_id', last: 'last_name', company } };
    const { out } = await kit.import('contacts', 'j.csv', map);
    expect(out).toContain('1 created, 0 updated, 0 unchanged, 2 failed');
    expect(kit.read('j.csv.errors.csv')).toContain('several companies with name ""Same name""');
  });

  it('by a value that is stored in another form find it all the same', async () => {
    const manager = { to: 'manager_id', lookup: { in: 'contacts', by: 'email' } };
    const map = { key: 'external_id', columns: { id: 'external_id', last: 'last_name', mail: 'email', manager } };
    kit.write(
      'x.csv',
      'id,last,mail,manager\nX1,A,anna@example.com,\nX2,B,,anna@EXAMPLE.com\nX3,C,,nobody@EXAMPLE.com\n',
    );
    expect((await kit.import('contacts', 'x.csv', map)).out).toContain('2 created, 0 updated, 0 unchanged, 1 failed');
  });

  it('lead to records of several entity sets where the map says which', async () => {
    kit.write('y.csv', 'id,subject,company\nY1,Call back,G3\n');
    const company = { to: 'regarding_id', lookup: { in: 'companies', by: 'external_id' } };
    const map = { columns: { subject: 'subject', company }, constants: { regarding_type: 'company', kind: 'task' } };
    expect(await kit.import('activities', 'y.csv', map)).toMatchObject({ code: 0 });
    const [activity] = await kit.all(
      `activities?$filter=subject eq 'Call back'&$select=subject&$expand=regarding_company($select=name)`,
    );
    expect(activity.regarding_company.name).toBe('Single');
  });

  it('by a text that is longer than a query finds nothing', async () => {
    const company = { to: 'company_id', lookup: { in: 'companies', by: 'name' } };
    kit.write('k.csv', `id,last,company\nK1,A,${'ж'.repeat(5000)}\nK2,B,\n`);
    const map = { key: 'external_id', columns: { id: 'external_id', last: 'last_name', company } };
    expect((await kit.import('contacts', 'k.csv', map)).out).toContain('1 created, 0 updated, 0 unchanged, 1 failed');
  });
});

describe('rows of one key', () => {
  it('are stored in the order of the file, however many requests run at once', async () => {
    const lines = Array.from({ length: 400 }, (_, index) => `M${index % 7},Name ${index}`);
    kit.write('m.csv', ['id,name', ...lines].join('\n'));
    const map = { key: 'external_id', columns: { id: 'external_id', name: 'name' } };
    const { code, out } = await kit.import('companies', 'm.csv', map, { batch: 5, parallel: 8 });
    expect(code).toBe(0);
    expect(out).toContain('7 created, 393 updated, 0 unchanged, 0 failed');
    const stored = await kit.all(`companies?$filter=startswith(external_id,'M')&$orderby=external_id&$select=name`);
    expect(stored.map(({ name }) => name)).toEqual(lines.slice(-7).map((_, index) => lastOf(lines, `M${index}`)));
  });
});

function lastOf(lines: readonly string[], key: string): string {
  return lines.findLast((line) => line.startsWith(`${key},`))?.split(',')[1] ?? '';
}
