// English and Russian have the same keys, the same placeholders, and Russian is Russian.
import { expect, test } from 'vitest';
import { messages as english } from './en/index.ts';
import { messages as russian } from './ru/index.ts';

function texts(tree: object, path = ''): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[`${path}${name}`, value]] : texts(value as object, `${path}${name}.`),
  );
}

const inEnglish = new Map(texts(english));
const inRussian = new Map(texts(russian));
const placeholders = (text = ''): string[] => [...new Set(text.match(/%\{\w+\}/g) ?? [])].sort();

test('both languages have every key', () => {
  expect(inEnglish.size).toBeGreaterThan(300);
  expect([...inRussian.keys()].sort()).toEqual([...inEnglish.keys()].sort());
});

test('a text that one language has the other has, too, and both have the same placeholders', () => {
  const different = [...inEnglish].filter(([key, text]) => {
    const other = inRussian.get(key) ?? '';
    const same = placeholders(text).join() === placeholders(other).join();
    return (text.trim() === '') !== (other.trim() === '') || !same;
  });
  expect(different.map(([key]) => key)).toEqual([]);
});

test('Russian texts with words are written in Cyrillic', () => {
  // Names of formats and expressions are the same everywhere.
  const latin = [...inRussian].filter(
    ([key, text]) =>
      !key.endsWith('.example') &&
      text !== 'JSON Schema' &&
      !/\p{Script=Cyrillic}/u.test(text) &&
      inEnglish.get(key) === text &&
      /\p{L}{4,} \p{L}{3,}/u.test(text),
  );
  expect(latin).toEqual([]);
});
