// The Russian words of errors against the one error table: whoever adds a code there adds its words in packages/web/src/data/error-words.
import { ERRORS } from '@kartoteka/platform';
import { describe, expect, test } from 'vitest';
import { ERROR_WORDS, REASONS } from '../packages/web/src/data/error-words/ru.ts';

const placesOf = (text: string): readonly string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name))].sort();

describe('every error of the table', () => {
  test.each(Object.entries(ERRORS))('%s has Russian words with the same values', (code, entry) => {
    const words = ERROR_WORDS[code];
    expect(words?.en).toBe(entry.message);
    expect(placesOf(words?.ru ?? '')).toEqual(placesOf(entry.message));
    if (placesOf(entry.message).join() !== 'reason' && code !== 'schema_change' && code !== 'invalid_value')
      expect(words?.ru).toMatch(/[а-яё]/i);
    expect(words?.hint !== undefined).toBe('hint' in entry);
  });

  test('is one of the table', () => {
    expect(Object.keys(ERROR_WORDS).filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
    for (const [en, ru] of REASONS) expect(placesOf(ru).filter((name) => !placesOf(en).includes(name))).toEqual([]);
  });
});
