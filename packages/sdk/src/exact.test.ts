import { describe, expect, test } from 'vitest';
import { compareExact, type Decimal, decimal, fromScaled, type Int64, int64, scaled } from './exact.ts';

describe('64-bit integers', () => {
  test('keep every digit up to the edges of the type', () => {
    expect(int64('9223372036854775807')).toBe('9223372036854775807');
    expect(int64(-(2n ** 63n))).toBe('-9223372036854775808');
    expect(int64(42)).toBe('42');
    expect(() => int64('9223372036854775808')).toThrow(RangeError);
    expect(() => int64('-9223372036854775809')).toThrow(RangeError);
  });

  test('are not made from what may have been rounded already', () => {
    expect(() => int64(2 ** 53)).toThrow(RangeError);
    expect(() => int64(1.5)).toThrow(RangeError);
    for (const text of ['', ' ', '1.0', '0x10', '1e3', 'NaN']) expect(() => int64(text)).toThrow(RangeError);
  });
});

describe('decimals', () => {
  test('are kept as they are written', () => {
    expect(decimal('900.0000')).toBe('900.0000');
    expect(decimal('-123456789012345678901234.5678')).toBe('-123456789012345678901234.5678');
    expect(decimal(900)).toBe('900');
    for (const text of ['', '.5', '5.', '1e3', '1,5', '+1', 'NaN', '1 '])
      expect(() => decimal(text)).toThrow(RangeError);
    expect(() => decimal(0.1)).toThrow(RangeError);
    expect(() => decimal(Number.NaN)).toThrow(RangeError);
  });

  test('are added and compared without rounding', () => {
    const sum = scaled(decimal('0.1'), 4) + scaled(decimal('0.2'), 4);
    expect(fromScaled(sum, 4)).toBe('0.3000');
    expect(fromScaled(-5n, 2)).toBe('-0.05');
    expect(fromScaled(7n, 0)).toBe('7');
    expect(scaled(decimal('-0.05'), 2)).toBe(-5n);
    expect(scaled(decimal('1.500'), 1)).toBe(15n);
    expect(() => scaled(decimal('1.05'), 1)).toThrow(RangeError);
    expect(compareExact(decimal('1.50'), decimal('1.5'))).toBe(0);
    expect(compareExact(decimal('9007199254740993.1'), decimal('9007199254740993.2'))).toBeLessThan(0);
    expect(compareExact(int64(10), decimal('9.99'))).toBeGreaterThan(0);
    expect(() => compareExact('x' as Decimal, '1' as Int64)).toThrow(RangeError);
  });
});
