import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactNumber, jsonText, readJson } from './json.ts';

test('numbers that JavaScript holds are numbers, others keep their digits and are written back with them', () => {
  const text =
    '{"a":1,"b":[0.1,9007199254740993,-1.00,1e400,12345678901234567890.123],"c":"9007199254740993 \\" 1e999","d":-0,"e":1.50}';
  const read = readJson(text) as { a: number; b: (number | ExactNumber)[]; c: string; d: number; e: number };
  expect(read.b.map(String)).toEqual(['0.1', '9007199254740993', '-1', '1e400', '12345678901234567890.123']);
  expect(read.b[1]).toBeInstanceOf(ExactNumber);
  expect([read.a, read.b[0], read.b[2], read.e]).toEqual([1, 0.1, -1, 1.5]);
  expect(read.c).toBe('9007199254740993 " 1e999');
  expect(jsonText(read.b)).toBe('[0.1,9007199254740993,-1,1e400,12345678901234567890.123]');
  expect(() => new ExactNumber('1}')).toThrow(RangeError);
  expect(() => readJson('{"a":')).toThrow(SyntaxError);
});

test('whatever JavaScript can write is read as it is, and no text becomes a number', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(readJson(text)).toEqual(JSON.parse(text));
      expect(jsonText(value)).toBe(text);
    }),
    { numRuns: Number(process.env.KARTOTEKA_RUNS ?? 200) },
  );
});

test("a program's own JSON has the digits of an exact number as text, and nothing of the client's", () => {
  const value = { n: new ExactNumber('12345678901234567890.5') };
  expect(JSON.stringify(value)).toBe('{"n":"12345678901234567890.5"}');
  expect(jsonText(value)).toBe('{"n":12345678901234567890.5}');
  expect(JSON.stringify(value)).toBe('{"n":"12345678901234567890.5"}');
  const failing = {
    toJSON: () => {
      throw new Error('no');
    },
  };
  expect(() => jsonText([value, failing])).toThrow('no');
  expect(JSON.stringify(value)).toBe('{"n":"12345678901234567890.5"}');
  expect(jsonText({ text: '\0exact:7' })).toBe(JSON.stringify({ text: '\0exact:7' }));
  const inner = { toJSON: () => ({ text: jsonText(value) }) };
  expect(jsonText([inner, value])).toBe(`[{"text":${JSON.stringify(jsonText(value))}},${jsonText(value)}]`);
  for (const none of [undefined, () => 1, Symbol('s')]) expect(() => jsonText(none)).toThrow(TypeError);
});
