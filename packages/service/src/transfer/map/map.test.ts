// Maps: what texts become and back, and every mistake of a map at once.

import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Conversion,
  compileConversion,
  DateForm,
  NumberText,
  RowMapper,
  SKIP,
  Template,
  ValueProblem,
  Zone,
} from '@kartoteka/metadata/transfer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileMap, readMapFile } from './map-file.ts';

function read(conversion: Conversion, text: string): unknown {
  const value = compileConversion(conversion).read(text);
  if (value === SKIP) return 'SKIP';
  return value instanceof ValueProblem ? `! ${value.reason}` : value;
}

const write = (conversion: Conversion, value: unknown): string => compileConversion(conversion).write(value);

describe('a conversion', () => {
  it.each<[Conversion, string, unknown]>([
    [{}, '  Acme ', 'Acme'],
    [{ trim: false }, '  Acme ', '  Acme '],
    [{}, '', null],
    [{}, '   ', null],
    [{ empty: 'skip' }, '', 'SKIP'],
    [{ empty: { default: 'new' } }, ' ', 'new'],
    [{ split: ';' }, '', []],
    [{ split: ';' }, 'a; b;;c', ['a', 'b', 'c']],
    [{ split: ';', values: { Опт: 'wholesale', 'a; b': 'ab' } }, 'Опт; b', ['wholesale', 'b']],
    [{ split: ';', values: { Опт: 'wholesale', 'a; b': 'ab' } }, 'a; b', ['ab']],
    [{ values: { GTXPro: 'GTX Pro' } }, 'GTXPro', 'GTX Pro'],
    [{ values: { GTXPro: 'GTX Pro' } }, 'MG', 'MG'],
    [{ values: { да: true, нет: null } }, 'да', true],
    [{ values: { да: true, нет: null } }, 'нет', null],
    [{ values: { Won: 'won' }, unlisted: 'error' }, 'Wno', '! "Wno" is none of "Won"'],
    [{ values: { heute: '01.02.2017' }, date: 'DD.MM.YYYY' }, 'heute', '2017-02-01'],
    [{ date: 'DD.MM.YYYY' }, '31.12.2016', '2016-12-31'],
    [{ date: 'DD.MM.YYYY' }, '31.11.2016', '! "31.11.2016" is not a date in the form DD.MM.YYYY'],
    [{ date: 'D.M.YYYY' }, '1.2.2017', '2017-02-01'],
    [{ date: ['DD.MM.YYYY', 'YYYY-MM-DD'] }, '2017-02-01', '2017-02-01'],
    [{ date: 'DD.MM.YYYY HH:mm', zone: '+03:00' }, '01.02.2017 01:30', '2017-01-31T22:30:00Z'],
    [
      { date: 'DD.MM.YYYY HH:mm' },
      '01.02.2017 24:00',
      '! "01.02.2017 24:00" is not a date in the form DD.MM.YYYY HH:mm',
    ],
    [{ number: { decimal: ',', thousands: ' ' } }, '1\u00a0234\u202f567,50', '1234567.50'],
    [{ number: { decimal: ',', thousands: ' ' } }, '1 2,5', '! "1 2,5" is not a number such as 1 234,56'],
    [{ number: { thousands: ',' } }, '-1,234.5', '-1234.5'],
    [{ number: {} }, '1,5', '! "1,5" is not a number such as 234.56'],
    [{ number: { shift: 6 } }, '1100.04', '1100040000'],
    [{ number: { shift: 6 } }, '0.0000005', '0.5'],
    [{ number: { shift: -2 } }, '5', '0.05'],
    [{ number: { shift: 2 } }, '0', '0'],
    [{ boolean: { true: ['Да', '1'], false: ['нет', '0'] } }, 'ДА', true],
    [{ boolean: { true: ['Да', '1'], false: ['нет', '0'] } }, '0', false],
    [{ boolean: { true: ['Да'], false: ['нет'] } }, 'maybe', '! "maybe" is none of "Да", "нет"'],
    [{ json: true }, '{"a":[1]}', { a: [1] }],
    [{ json: true }, '{a}', '! "{a}" is not JSON'],
    [{}, 'a\0b', '! there is a NUL character in the text'],
  ])('of %j makes of %j %j', (conversion, text, value) => {
    expect(read(conversion, text)).toEqual(value);
  });

  it.each<[Conversion, unknown, string]>([
    [{}, null, ''],
    [{ values: { Won: 'won' }, unlisted: 'error' }, 'won', 'Won'],
    [{ values: { GTXPro: 'GTX Pro' } }, 'GTX Pro', 'GTX Pro'],
    [{ boolean: { true: ['да'], false: ['нет'] } }, 'false', 'нет'],
    [{ values: { да: true, нет: false }, unlisted: 'error' }, 'true', 'да'],
    [{ date: 'DD.MM.YYYY' }, '2016-12-31', '31.12.2016'],
    [{ date: 'D.M.YYYY H:mm', zone: 'Europe/Moscow' }, '2017-01-31T22:30:00.5Z', '1.2.2017 1:30'],
    [{ number: { decimal: ',', thousands: ' ' } }, '-1234567.5', '-1 234 567,5'],
    [{ number: { shift: 6 } }, '1100040000.0000', '1100.04'],
    [{ number: {} }, '100.0000', '100'],
    [{ split: '; ' }, 'a,b', 'a; b'],
  ])('of %j writes %j as %j', (conversion, value, text) => {
    expect(write(conversion, value)).toBe(text);
  });

  it('reads every number that it writes', () => {
    const form = fc.record({
      decimal: fc.constantFrom<'.' | ','>('.', ','),
      shift: fc.integer({ min: -18, max: 18 }),
      grouped: fc.boolean(),
    });
    const decimal = fc.tuple(
      fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }),
      fc.stringMatching(/^(\d{0,8}[1-9])?$/),
    );
    fc.assert(
      fc.property(form, decimal, ({ decimal: point, shift, grouped }, [whole, fraction]) => {
        const number = new NumberText({ decimal: point, shift, ...(grouped ? { thousands: ' ' } : {}) });
        const text = `${whole}${fraction === '' ? '' : `.${fraction}`}`;
        expect(Number(number.read(number.write(text)))).toBe(Number(text));
        if (shift === 0) expect(number.read(number.write(text))).toBe(text);
      }),
    );
  });

  it('reads every date that it writes, in every zone', () => {
    const seconds = fc.integer({ min: Date.UTC(1971, 0, 1) / 1000, max: Date.UTC(2100, 0, 1) / 1000 });
    const zones = fc.constantFrom('UTC', '+05:30', '-11:00', 'Europe/Moscow', 'Europe/Berlin', 'America/New_York');
    fc.assert(
      fc.property(seconds, zones, (second, name) => {
        const zone = new Zone(name);
        const form = new DateForm('DD.MM.YYYY HH:mm:ss');
        const timestamp = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
        const back = zone.toUtc(form.read(form.write(zone.fromUtc(timestamp))) ?? '') ?? '';
        // The hour that clocks repeat means one of two; a whole hour apart at most.
        expect(Math.abs(Date.parse(back) - second * 1000) % 3_600_000).toBe(0);
        expect(zone.fromUtc(back)).toBe(zone.fromUtc(timestamp));
      }),
    );
  });

  it('refuses a time that the clocks leave out', () => {
    const conversion = { date: 'YYYY-MM-DD HH:mm', zone: 'Europe/Berlin' };
    expect(read(conversion, '2026-03-29 02:30')).toContain('the clocks leave out');
    expect(read(conversion, '2026-03-29 03:30')).toBe('2026-03-29T01:30:00Z');
  });
});

describe('a template', () => {
  const filled = (template: string, texts: Readonly<Record<string, string>>): string =>
    new Template(template).fill((column) => texts[column] ?? '');

  it.each([
    ['{product}[, {account}]', { product: 'GTX', account: 'Acme' }, 'GTX, Acme'],
    ['{product}[, {account}]', { product: 'GTX' }, 'GTX'],
    ['{product}[, {account}]', { account: 'Acme' }, ', Acme'],
    ['{product}[, {account}]!', {}, ''],
    ['{a|slug}@x.example', { a: " Jean-Luc O'Neil " }, 'jean.luc.o.neil@x.example'],
    ['{a|upper}{b|lower}', { a: 'ж', b: 'Ж' }, 'Жж'],
    ['\\{{a\\|b}\\}', { 'a|b': '1' }, '{1}'],
  ])('%s of %j is %s', (template, texts, text) => {
    expect(filled(template, texts)).toBe(text);
  });

  it.each([
    ['plain', 'names no column'],
    ['{a', 'a { has no }'],
    ['{a}]', 'a ] has no beginning'],
    ['[{a}', 'a [ has no ]'],
    ['[a]{b}', 'names no column'],
    ['[[{a}]]', 'within each other'],
    ['{a|loud}', 'there is no loud'],
  ])('%s is refused', (template, reason) => {
    expect(() => new Template(template)).toThrow(reason);
  });
});

describe('a map', () => {
  it('with mistakes names them all with their places', () => {
    const { compiled, findings } = compileMap({
      key: 'code',
      columns: {
        a: { to: 'x', dates: 'DD' },
        b: ['1x', { to: 'y', empty: 'nothing' }],
        'c/d': { lookup: { in: 'companies' } },
        e: 5,
      },
      mode: 'merge',
      delimiter: ';;',
    });
    expect(compiled).toBeNull();
    expect(findings.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual(
      expect.arrayContaining([
        '/columns/a there is no option dates here; did you mean date?',
        '/columns/b/0 this is not the name of a property',
        '/columns/b/1/empty must be one of "null", "skip"',
        '/columns/c~1d to is missing',
        '/columns/c~1d/lookup by is missing',
        '/columns/e must be string or object or array',
        '/mode must be one of "create", "update", "upsert"',
      ]),
    );
    expect(findings.some(({ pointer }) => pointer === '/delimiter')).toBe(true);
  });

  it('with conversions that cannot be names them all', () => {
    const { findings } = compileMap({
      key: 'code',
      columns: {
        a: { to: 'x', date: 'DD.MM', zone: 'Mars/Phobos' },
        b: { to: 'y', date: 'DD.MM.YYYY', number: {} },
        c: { to: 'z', unlisted: 'error' },
        d: { to: 'x', zone: 'UTC' },
        f: { to: 'w', date: 'YYYY-MM-DD', zone: 'UTC' },
        g: { to: 'v', boolean: { true: ['x'], false: ['X'] } },
      },
      templates: { t: 'none' },
    });
    expect(findings.map(({ pointer, reason }) => `${pointer} ${reason}`)).toEqual([
      '/columns/a/date it has no year',
      '/columns/b/number date and number exclude each other',
      '/columns/c/unlisted unlisted goes with values',
      '/columns/d/zone zone goes with date',
      '/columns/f/zone zone goes with a date that has hours',
      '/columns/g/boolean "X" means both',
      '/templates/t it names no column: use constants for fixed texts',
      ' x is given twice',
      '/key nothing is mapped to code (a key of another name: {"name": "code", "properties": [...]})',
    ]);
  });

  it('must have a key to update by', () => {
    expect(compileMap({ mode: 'update', columns: { a: 'x' } }).findings).toEqual([
      { pointer: '/key', reason: 'update needs the key by which records are recognised' },
    ]);
  });

  it('that creates has no key', () => {
    expect(compileMap({ mode: 'create', key: 'x', columns: { a: 'x' } }).findings).toEqual([
      { pointer: '/mode', reason: 'create makes new records only: leave key out' },
    ]);
  });

  it('that is no JSON or not there is refused with its name', async () => {
    const path = join(tmpdir(), `kartoteka-map-${process.pid}.json`);
    writeFileSync(path, '{"columns": ');
    await expect(readMapFile(path)).rejects.toThrow(path);
    await expect(readMapFile(`${path}.none`)).rejects.toThrow('there is no such file');
  });

  it('makes records of rows: several properties of a column, corrected texts in templates, constants, keys', () => {
    const { compiled } = compileMap({
      key: { name: 'by_code', properties: ['code', 'kind'] },
      columns: {
        ' Product ': { to: 'product', values: { GTXPro: 'GTX Pro' } },
        Account: [{ to: 'company_id', lookup: { in: 'companies', by: 'name' } }, 'code'],
      },
      templates: { name: '{Product}[, {Account}]' },
      constants: { kind: 'a', tags: ['x'], parent_id: { value: 'Root', lookup: { in: 'units', by: 'name' } } },
    });
    if (compiled === null) throw new Error('the map is not valid');
    expect(compiled.mode).toBe('upsert');
    const mapper = new RowMapper(compiled, ['Account', 'Product']);
    expect(mapper.map(['Acme', 'GTXPro'])).toEqual({
      values: { kind: 'a', tags: ['x'], product: 'GTX Pro', code: 'Acme', name: 'GTX Pro, Acme' },
      wanted: [
        { to: 'company_id', lookup: { in: 'companies', by: 'name' }, text: 'Acme', label: 'Account (company_id)' },
        { to: 'parent_id', lookup: { in: 'units', by: 'name' }, text: 'Root', label: 'parent_id' },
      ],
      key: 'acme',
    });
    expect(mapper.map(['', 'GTXPro'])).toBe('Account (code): is empty, but records are recognised by it');
  });
});
