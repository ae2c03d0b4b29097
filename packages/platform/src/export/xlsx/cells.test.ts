// Cells at the edges of what spreadsheets hold.
import type { EdmType } from '@kartoteka/metadata';
import { describe, expect, it } from 'vitest';
import { cellOf, columnLetters, piecesOf } from './cells.ts';
import { sheetName } from './parts.ts';
import { wallClockIn } from './wall-clock.ts';

const cell = (type: EdmType, value: unknown, zone = 'UTC') => cellOf(type, value, wallClockIn(zone));
const number = (value: string, style?: number) => ({
  kind: 'number',
  value,
  ...(style === undefined ? {} : { style }),
});
const text = (value: string) => ({ kind: 'text', text: value });

describe('a cell', () => {
  it('is a number up to fifteen digits, and exact text beyond', () => {
    expect(cell('Edm.Decimal', '123456789012.345')).toEqual(number('123456789012.345'));
    expect(cell('Edm.Decimal', '-0.00012345678901234500')).toEqual(number('-0.00012345678901234500'));
    expect(cell('Edm.Decimal', '123456789012.3456')).toEqual(text('123456789012.3456'));
    expect(cell('Edm.Int64', '9007199254740993')).toEqual(text('9007199254740993'));
    expect(cell('Edm.Int64', '-9007190000000000')).toEqual(number('-9007190000000000'));
    expect(cell('Edm.Decimal', '0.0000')).toEqual(number('0.0000'));
    expect(cell('Edm.Decimal', `1${'0'.repeat(400)}`)).toMatchObject({ kind: 'text' });
    expect(cell('Edm.Decimal', 'NaN')).toEqual(text('NaN'));
    expect(cell('Edm.Int64', null)).toBeNull();
  });

  it('is a date from March 1900, and text before', () => {
    expect(cell('Edm.Date', '1900-03-01')).toEqual(number('61', 2));
    expect(cell('Edm.Date', '9999-12-31')).toEqual(number('2958465', 2));
    expect(cell('Edm.Date', '1900-02-28')).toEqual(text('1900-02-28'));
    expect(cell('Edm.Date', '0001-01-01')).toEqual(text('0001-01-01'));
  });

  it('shows a moment as the clocks of the organization do, on both sides of a change', () => {
    const at = (moment: string, zone: string) => {
      const found = cell('Edm.DateTimeOffset', moment, zone);
      if (found?.kind !== 'number') return found;
      return new Date(Math.round((Number(found.value) - 25_569) * 86_400_000)).toISOString();
    };
    expect(at('2026-03-29T00:59:59.999Z', 'Europe/Berlin')).toBe('2026-03-29T01:59:59.999Z');
    expect(at('2026-03-29T01:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T03:00:00.000Z');
    expect(at('2026-10-25T00:59:00.5Z', 'Europe/Berlin')).toBe('2026-10-25T02:59:00.500Z');
    expect(at('2026-10-25T01:00:00Z', 'Europe/Berlin')).toBe('2026-10-25T02:00:00.000Z');
    expect(at('2026-01-01T00:00:00Z', 'Asia/Kathmandu')).toBe('2026-01-01T05:45:00.000Z');
    expect(at('1850-01-01T00:00:00Z', 'Europe/Moscow')).toEqual(text('1850-01-01T00:00:00Z'));
  });

  it('tears no character apart where a text is too long for it', () => {
    const long = `${'x'.repeat(32_766)}😀${'y'.repeat(32_766)}z`;
    const pieces = piecesOf(long);
    expect(pieces.map(({ length }) => length)).toEqual([32_766, 32_767, 2]);
    expect(pieces.join('')).toBe(long);
    expect(piecesOf('x'.repeat(32_767))).toHaveLength(1);
  });

  it('stands in a column by its letters', () => {
    expect([0, 25, 26, 701, 702, 16_383].map(columnLetters)).toEqual(['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD']);
  });
});

it('a sheet is called as sheets may be', () => {
  expect(sheetName('Contacts', 1)).toBe('Contacts');
  expect(sheetName("'A/B: [c]*?\\'", 2)).toBe('A B   c (2)');
  expect(sheetName('x'.repeat(40), 12)).toBe(`${'x'.repeat(26)} (12)`);
  expect(sheetName('😀'.repeat(20), 1)).toBe('😀'.repeat(15));
  expect([sheetName('History', 1), sheetName(' ', 1), sheetName("''", 2)]).toEqual(['Data', 'Data', 'Data (2)']);
});
