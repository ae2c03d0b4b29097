// What the grammar of $search makes of a text: the shape that statements are kept by, and the patterns that are bound.
import { describe, expect, it } from 'vitest';
import { parseSearch } from './search.ts';

describe('a search', () => {
  it('has one shape for every text of its form, and its terms as patterns', () => {
    expect(parseSearch('a b OR NOT (c OR "d e")')).toMatchObject({
      shape: 'or(and(s s) !or(s s))',
      values: { term0: '%a%', term1: '%b%', term2: '%c%', term3: '%d e%' },
    });
    expect(parseSearch('xxx AND yyy OR NOT(zzz OR qqq)').shape).toBe('or(and(t t) !or(t t))');
    expect(parseSearch('a AND "-bc" c-d-e').shape).toBe('and(s s t)');
    expect(parseSearch('((abc))').shape).toBe('t');
  });

  it('takes what LIKE would take for a wildcard as it stands', () => {
    expect(parseSearch(String.raw`50%_\ "a\"b\\"`).values).toEqual({
      term0: String.raw`%50\%\_\\%`,
      term1: String.raw`%a"b\\%`,
      words0: '50%_\\',
      words1: 'a"b\\',
      beginning0: '50%_\\',
      beginning1: '',
    });
  });

  it('asks for the digits alone as well where seven or more stand with the marks of a telephone number', () => {
    expect(parseSearch('"8 (912) 345-67-89"')).toMatchObject({
      shape: 'd',
      values: { term0: '%8 (912) 345-67-89%', digits0: '%89123456789%' },
    });
    expect(parseSearch('123-45-67').values).toEqual({
      term0: '%123-45-67%',
      digits0: '%1234567%',
      words0: '123-45-67',
      beginning0: '',
    });
    for (const plain of ['123-45-6', '1234567', '2026-1-1', 'a123-45-67', '12345+67'])
      expect(parseSearch(plain).values).not.toHaveProperty('digits0');
  });
});
