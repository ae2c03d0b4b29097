import { describe, expect, it } from 'vitest';
import { arrayElements } from './array-elements.ts';

describe('arrayElements', () => {
  it('takes every element as its own text and leaves an empty array behind', () => {
    const text = '{"mode":"create","records":[{"a":[1,2]},{"b":"],\\"{"} , 3],"key":"id"}';
    expect(arrayElements(text, 'records', 10)).toEqual({
      envelope: '{"mode":"create","records":[],"key":"id"}',
      elements: ['{"a":[1,2]}', '{"b":"],\\"{"} ', ' 3'],
    });
  });

  it('knows an empty array from a missing element', () => {
    expect(arrayElements('{"records":[ ]}', 'records', 10).elements).toEqual([]);
    expect(arrayElements('{"records":[1,]}', 'records', 10).elements).toEqual(['1', '']);
    expect(arrayElements('{"records":[,]}', 'records', 10).elements).toEqual(['', '']);
  });

  it('looks at members of the outermost object only, and at arrays only', () => {
    expect(arrayElements('{"other":{"records":[1]}}', 'records', 10).elements).toBeNull();
    expect(arrayElements('{"records":{"0":1}}', 'records', 10).elements).toBeNull();
    expect(arrayElements('{"other":"records","records" : \n [1]}', 'records', 10).elements).toEqual(['1']);
    expect(arrayElements('{"r\\u0065cords":[1]}', 'records', 10).elements).toEqual(['1']);
  });

  it('stops one element after the most', () => {
    expect(arrayElements('{"records":[1,2,3]}', 'records', 3).elements).toHaveLength(3);
    expect(arrayElements('{"records":[1,2,3,4,5,6]}', 'records', 3).elements).toHaveLength(4);
    expect(arrayElements('{"records":[1,2,3,4]}', 'records', 3).elements).toHaveLength(4);
  });

  it('gives something that is no JSON where the text is none', () => {
    for (const text of ['{"records":[1', '{"records":["a]}', '{"records":[{"a":1]}]', '{"records":[1}']) {
      const { envelope, elements } = arrayElements(text, 'records', 10);
      expect(() => [envelope, ...(elements ?? [])].map((part) => JSON.parse(part))).toThrow(SyntaxError);
    }
  });
});
