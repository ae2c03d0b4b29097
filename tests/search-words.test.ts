// $search in long texts: words in any of their forms, Russian and English, phrases, beginnings of words, what is no word, the
// longest texts, and the index over them.

import type { SourceDocument } from '@kartoteka/metadata';
import { compareCatalogue, PlatformError, publish, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, quietLog, startCrm } from './crm-kit.ts';

let crm: Crm;
let shipped: readonly SourceDocument[];

const PAPER = {
  name: { type: 'text', max_length: 200, search: true },
  body: { type: 'long_text', max_length: 250_000, search: true },
  more: { type: 'long_text', search: true },
  silent: { type: 'long_text' },
};

const paper = (fields: object, name = 'paper'): SourceDocument => ({
  kind: 'entity',
  name,
  layer: 'base',
  source: 'test',
  body: {
    name,
    set: `${name}s`,
    label: { en: name },
    plural_label: { en: name },
    ownership: 'user',
    title: 'name',
    fields,
  },
});

/** Nothing but a long text is searched. */
const ESSAY = { name: { type: 'text' }, body: { type: 'long_text', search: true } };

const PAPERS = [
  { name: 'Contract', body: 'Подписание договора поставки. Он пришёл ещё вчера — «письмом»; стороны согласны.' },
  { name: 'Runners', body: 'She runs the companies, and has been running for years. It was easily decided.' },
  { name: 'Говорун', body: 'first part ends here', more: 'begins the second' },
  {
    name: 'Links',
    body: 'See https://example.com/заказы/D-00024?x=1, mail ann@example.org, см.приложение, 12.5% +79123456789',
  },
  { name: 'Empty' },
];

beforeAll(async () => {
  shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  crm = await startCrm({ documents: [...shipped, paper(PAPER), paper(ESSAY, 'essay')] });
  for (const values of PAPERS) await crm.create('papers', values);
});

afterAll(() => crm?.close());

const get = (path: string): Promise<Answer> => crm.call(crm.admin, 'GET', path);
const query = (search: string): string => `$search=${encodeURIComponent(search)}`;

async function found(search: string, set = 'papers'): Promise<string[]> {
  const { status, json, text } = await get(`/${set}?${query(search)}&$orderby=name&$select=name`);
  expect(status, text ?? '').toBe(200);
  const { text: count } = await get(`/${set}/$count?${query(search)}`);
  expect(Number(count)).toBe(json.value.length);
  return json.value.map(({ name }: { name: string }) => name);
}

describe('in a long text', () => {
  test.each([
    ['another case of a noun', 'договоры', ['Contract']],
    ['another case of a noun', 'ДОГОВОРАМИ', ['Contract']],
    ['another form of a verb', 'подписания', ['Contract']],
    ['ё for е', 'пришел', ['Contract']],
    ['е for ё', 'ёщё', ['Contract']],
    ['a word between quotation marks and dashes', 'письма', ['Contract']],
    ['a form of an English verb', 'run', ['Runners']],
    ['another form of an English verb', 'RUNNING', ['Runners']],
    ['the singular of a plural', 'company', ['Runners']],
    ['an adverb', 'easy', []],
    ['a frequent small word', 'has', ['Runners']],
    ['a frequent small word', 'он', ['Contract']],
    ['the beginning of a word', 'подпис', ['Contract']],
    ['the beginning of a word', 'yea', ['Runners']],
    ['no part from the middle of a word', 'оговор', []],
    ['but any part of a name', 'овор', ['Говорун']],
    ['words in both languages and in different fields', 'contract договору', ['Contract']],
    ['part of an address', 'example', ['Links']],
    ['an address', 'ann@example.org', ['Links']],
    ['a word of a path', 'заказ', ['Links']],
    ['a word after a full stop without a blank', 'приложения', ['Links']],
    ['a number with its dash', 'd-00024', ['Links']],
    ['a number with a point', '12.5', ['Links']],
    ['a telephone number', '+79123456789', ['Links']],
    ['nothing of what is not searched', 'silence', []],
  ])('%s: %s', async (_what, search, names) => {
    expect(await found(search)).toEqual(names);
  });

  test.each([
    ['words in any form one after the other', '"подписания договоров поставками"', ['Contract']],
    ['not in another order', '"поставки договора"', []],
    ['not with a word between them', '"подписание поставки"', []],
    ['with the small words between them', '"running for year"', ['Runners']],
    ['without them it is another phrase', '"running years"', []],
    ['not across two texts', '"here begins"', []],
    ['not of beginnings', '"been running for ye"', []],
  ])('a phrase is %s: %s', async (_what, search, names) => {
    expect(await found(search)).toEqual(names);
  });

  test.each([
    ['договоры OR companies', ['Contract', 'Runners']],
    ['договоры companies', []],
    ['NOT договоры', ['Empty', 'Links', 'Runners', 'Говорун']],
    ['(договоры OR company) NOT run', ['Contract']],
    ['here begins', ['Говорун']],
  ])('operators: %s', async (search, names) => {
    expect(await found(search)).toEqual(names);
  });

  test.each(['!!!', '– –', "'", ':*', '&|!', String.raw`\\`, "'aaa':*bbb", 'aaa & bbb | (ccc)', '😀', '½½½', 'ⅧⅧⅧ'])(
    'what is no word harms nothing: %s',
    async (search) => {
      expect(await found(`"${search}"`)).toEqual([]);
    },
  );

  test('one or two letters are found anywhere, as no index knows them', async () => {
    expect(await found('ск')).toEqual([]);
    expect(await found('вк')).toEqual(['Contract']);
    expect(await found('"ё "')).toEqual(['Contract']);
    expect(await found('5%')).toEqual(['Links']);
    expect(await found('"s b"')).toEqual(['Runners']);
  });

  test('where nothing else is searched', async () => {
    await crm.create('essays', { name: 'One', body: 'Ежедневные встречи' });
    await crm.create('essays', { name: 'Встреча', body: 'other' });
    expect(await found('встречами', 'essays')).toEqual(['One']);
    expect(await found('NOT встречами', 'essays')).toEqual(['Встреча']);
    expect(await found('8-912-345-67-89', 'essays')).toEqual([]);
  });

  test('follows writes, and the recycle bin', async () => {
    const { id } = await crm.create('papers', { name: 'Draft', body: 'черновики' });
    expect(await found('черновик')).toEqual(['Draft']);
    await crm.call(crm.admin, 'PATCH', `/papers(${id})`, { body: 'чистовики' });
    expect(await found('черновик')).toEqual([]);
    await crm.call(crm.admin, 'DELETE', `/papers(${id})`);
    expect(await found('чистовик')).toEqual([]);
    expect((await get(`/papers/deleted/$count?${query('чистовиков')}`)).text).toBe('1');
  });

  test('the events that ship are found by a form of a word', async () => {
    const { id } = await crm.create('companies', { name: 'Mill' });
    await crm.create('events', {
      subject: 'Call',
      regarding_id: id,
      regarding_type: 'company',
      kind: 'comment',
      text: 'Обсудили скидки',
      happened_on: '2026-01-01T00:00:00Z',
    });
    const { json, text } = await get(`/events?${query('скидку обсудить')}&$select=subject`);
    expect(json.value, text ?? '').toMatchObject([{ subject: 'Call' }]);
  });
});

describe('the longest texts', () => {
  /** As many different words as fit, of letters that take four bytes: the longest list of words there can be. */
  function manyWords(characters: number): string {
    const words: string[] = [];
    for (let n = 0, length = 0; length < characters; n += 1) {
      const word =
        n < 42_000 ? String.fromCodePoint(0x20000 + n) : `${String.fromCodePoint(0x20000 + (n % 42_000))}${n}`;
      words.push(word);
      length += [...word].length + 1;
    }
    return [...words.join(' ')].slice(0, characters).join('');
  }

  test('are stored with as many different words as they can hold, and searched by their first 200,000 characters', async () => {
    await crm.create('papers', { name: 'Vast', body: manyWords(250_000), more: manyWords(10_000) });
    expect(await found(String.fromCodePoint(0x20000 + 41_999))).toEqual(['Vast']);
    const filler = 'ab '.repeat(66_665);
    await crm.create('papers', { name: 'Long', body: `${filler}inside ${'ab '.repeat(100)}outside` });
    expect(await found('inside')).toEqual(['Long']);
    expect(await found('outside')).toEqual([]);
  });

  test('are stored with a word that is longer than any index takes', async () => {
    await crm.create('papers', { name: 'Worm', body: `${'ж'.repeat(5000)} хвост` });
    expect(await found('хвосты')).toEqual(['Worm']);
    expect(await found('ж'.repeat(900))).toEqual([]);
  });
});

describe('the index over words', () => {
  const indexes = async (): Promise<string[]> => {
    const rows = await crm.platform.database.run(
      `select indexname as name from pg_indexes where schemaname = 'data' and tablename = 'paper' and indexdef like '%using gin%' or
       schemaname = 'data' and tablename = 'paper' and indexdef like '%USING gin%' order by 1`,
    );
    return rows.map(({ name }) => String(name).replace(/_[0-9a-f]{8}__idx$/, ''));
  };

  async function republish(fields: object): Promise<void> {
    const documents = [...shipped, paper(fields), paper(ESSAY, 'essay')];
    const options = { documents, author: null, comment: '', log: quietLog, allowDestructive: true };
    const { revision } = await publish(crm.platform.database, options);
    await expect.poll(() => crm.platform.model().revision).toBe(revision);
    crm.platform.principals.flush();
    expect(await compareCatalogue(crm.platform.database, crm.platform.model())).toEqual([]);
  }

  test('stands beside the other one, and follows what is searched', async () => {
    expect(await indexes()).toEqual(['paper__search', 'paper__words']);
    await republish({ ...PAPER, body: { ...PAPER.body, search: false }, more: { ...PAPER.more, search: false } });
    expect(await indexes()).toEqual(['paper__search']);
    await republish({ ...PAPER, name: { type: 'text', max_length: 200 } });
    expect(await indexes()).toEqual(['paper__words']);
    await republish(PAPER);
    expect(await indexes()).toEqual(['paper__search', 'paper__words']);
  });

  test('is not there for a secured text: the document is refused', async () => {
    const fields = { ...PAPER, silent: { type: 'long_text', secured: true, search: true } };
    const options = { documents: [...shipped, paper(fields)], author: null, comment: '', log: quietLog };
    await expect(publish(crm.platform.database, options)).rejects.toThrow(PlatformError);
  });
});
