// What the import suggests and guesses, what it finds missing, and the file of rows that failed.
import { describe, expect, it } from 'vitest';
import { buildMap, type ColumnChoice, type KeyChoice, problemsOf } from './build-map.ts';
import { FailedFile, firstRows, openFile } from './chosen-file.ts';
import { guessConversion, numberFormName } from './conversions.ts';
import { plain, suggestTargets } from './suggest.ts';
import type { Target } from './targets.ts';

const target = (property: string, label: Record<string, string>, more: Partial<Target> = {}): Target => ({
  ...{ property, label, field: null, widget: 'text', required: false, lookups: [], typeProperty: null },
  ...more,
});

const NAME = target('name', { en: 'Name', ru: 'Название' }, { required: true });
const CLOSE = target('close_date', { en: 'Close date', ru: 'Дата закрытия' }, { widget: 'date' });
const COMPANY = target(
  'company_id',
  { en: 'Company', ru: 'Компания' },
  { widget: 'lookup', lookups: [{ set: 'companies', entity: 'company', by: ['name'] }] },
);
const TARGETS = [NAME, CLOSE, COMPANY];

const GUESS = { texts: [] as string[], labels: {}, zone: 'Europe/Berlin' };
const CREATE: KeyChoice = { mode: 'create', key: null, properties: [] };
const column = (name: string, property: string | null, more: Partial<ColumnChoice> = {}): ColumnChoice => ({
  ...{ column: name, property, conversion: {}, lookup: null },
  ...more,
});

describe('suggestions', () => {
  it('find properties by name, label in any language and small slips, each once', () => {
    const header = ['НАЗВАНИЕ', 'close-date', 'Compnay', 'Notes', 'Name'];
    expect(suggestTargets(header, TARGETS)).toEqual(['name', 'close_date', 'company_id', null, null]);
  });

  it('see ё and е, case, blanks and signs alike', () => {
    expect(plain(' Счёт № 1 ')).toBe(plain('счет №1'));
  });
});

describe('conversions', () => {
  it.each([
    ['date', ['31.12.2026', '01.02.2026'], { date: 'DD.MM.YYYY' }],
    ['date', ['2026-12-31'], { date: 'YYYY-MM-DD' }],
    ['date', ['12/31/2026'], { date: 'MM/DD/YYYY' }],
    ['datetime', ['2026-12-31T10:00:00Z'], {}],
    ['datetime', ['31.12.2026 10:00'], { date: 'DD.MM.YYYY HH:mm', zone: 'Europe/Berlin' }],
    ['money', ['1 234,56', '7,00'], { number: { decimal: ',', thousands: ' ' } }],
    ['integer', ['12', '7'], { number: {} }],
    ['money', ['1,234.56'], { number: { decimal: '.', thousands: ',' } }],
    ['text', ['x'], {}],
  ])('of %s are guessed from %j', (widget, texts, expected) => {
    expect(guessConversion(widget, { ...GUESS, texts })).toEqual(expected);
  });

  it('of numbers have a name in the list', () => {
    expect(numberFormName({ number: { decimal: ',', thousands: ' ' } })).toBe('1 234,56');
    expect(numberFormName({})).toBe('1234.56');
  });
});

describe('the choices of the wizard', () => {
  it('become a map with lookups, and the type of a lookup that has several targets', () => {
    const many = target('regarding_id', { en: 'About' }, { lookups: COMPANY.lookups, typeProperty: 'regarding_type' });
    const columns = [
      column('Имя', 'name'),
      column('About', 'regarding_id', { lookup: { set: 'companies', by: 'name' } }),
      column('x', null),
    ];
    const { compiled, findings } = buildMap(columns, CREATE, [NAME, many]);
    expect(findings).toEqual([]);
    expect(compiled?.map).toEqual({
      mode: 'create',
      columns: { Имя: { to: 'name' }, About: { to: 'regarding_id', lookup: { in: 'companies', by: 'name' } } },
      constants: { regarding_type: 'company' },
      ignore: ['x'],
    });
  });

  it('are told everything that is missing or there twice', () => {
    const twice = [column('a', 'close_date'), column('b', 'close_date'), column('b', null)];
    expect(problemsOf(twice, { mode: 'upsert', key: 'x', properties: ['x'] }, TARGETS)).toEqual([
      { code: 'twice', property: 'close_date' },
      { code: 'column_twice', column: 'b' },
      { code: 'key', property: 'x' },
      { code: 'required', property: 'name' },
    ]);
    expect(problemsOf([column('a', null)], CREATE, [])).toEqual([{ code: 'nothing' }]);
    expect(
      problemsOf(
        [column('a', 'close_date')],
        { mode: 'update', key: 'close_date', properties: ['close_date'] },
        TARGETS,
      ),
    ).toEqual([]);
  });

  it('tell a form of dates that is none', () => {
    const columns = [column('n', 'name'), column('d', 'close_date', { conversion: { date: 'DD.QQ' } })];
    expect(problemsOf(columns, CREATE, TARGETS)).toEqual([{ code: 'invalid', reason: expect.stringContaining('"Q"') }]);
  });
});

const GUESSED = { encoding: null, delimiter: null, quote: '"' };
/** `Имя;Город` and a row in Windows-1251. */
const CYRILLIC = Uint8Array.from([0xc8, 0xec, 0xff, 0x3b, 0xc3, 0xee, 0x0a, 0xc0, 0xed, 0xff, 0x3b, 0xcc, 0x0a]);

describe('a chosen file', () => {
  it('shows its encoding and delimiter', async () => {
    const file = await openFile(new File([CYRILLIC], 'a.csv'), GUESSED, []);
    expect([file.encoding.name, file.delimiter, file.header]).toEqual(['windows-1251', ';', ['Имя', 'Го']]);
    expect(await firstRows(file, 10)).toEqual([['Аня', 'М']]);
    const utf8 = await openFile(new File(['Имя,Город\nАня,Москва\n'], 'b.csv'), GUESSED, []);
    expect([utf8.encoding.name, utf8.delimiter]).toEqual(['utf-8', ',']);
  });

  it('of UTF-16, or without a line, is refused', async () => {
    await expect(openFile(new File([Uint8Array.of(0xff, 0xfe, 0x41, 0)], 'c.csv'), GUESSED, [])).rejects.toThrow(
      'UTF-16',
    );
    await expect(openFile(new File([''], 'd.csv'), GUESSED, [])).rejects.toThrow('empty');
  });

  it('gives its failed rows back as they stood, with the reason, and takes an error file again', async () => {
    const text = 'name,size\r\n"A ""x""",1\r\nB,2\r\nC\r\n';
    const again = async (file: File): Promise<string> => {
      const content = await openFile(file, GUESSED, []);
      const failed = new FailedFile(file, content);
      const bytes = new Uint8Array(await file.arrayBuffer());
      let offset = content.start;
      for (const line of new TextDecoder().decode(bytes).slice(content.start).split('\r\n').slice(0, -1)) {
        const cells = line.split(',');
        const lastCell = line.length - (cells.at(-1)?.length ?? 0);
        const record = {
          offset,
          length: line.length,
          bytes: bytes.subarray(offset, offset + line.length),
          problem: null,
        };
        await failed.add({ ...record, cells: cells.length, lastCell }, 'is "bad"');
        offset += line.length + 2;
      }
      expect(failed.rows).toBe(3);
      return failed.blob().text();
    };
    const expected = 'name,size,error\r\n"A ""x""",1,"is ""bad"""\r\nB,2,"is ""bad"""\r\nC,,"is ""bad"""\r\n';
    const first = await again(new File([text], 'e.csv'));
    expect(first).toBe(expected);
    expect(await again(new File([first], 'e.errors.csv'))).toBe(expected);
  });
});
