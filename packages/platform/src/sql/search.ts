// A $search as a SQL condition over one record, in the words of the two indexes over it: a term is contained in the text that the
// record is searched as, or is a word of its long texts. It knows no rights; values are bound.
import {
  type EntityType,
  foldedSql,
  type Property,
  searchedProse,
  searchTextSql,
  searchWordsSql,
  wordsSql,
} from '@kartoteka/metadata';
import { type SearchNode, type TermForm, termName } from '../request/search.ts';
import { columnOf } from './scope.ts';
import type { Slot, SlotWriter } from './statement.ts';

/** Where the text of a term comes from, by its name: from the request, or fixed when compiled. */
export type TermSlot = (name: string) => Slot;

export const FROM_REQUEST: TermSlot = (name) => ({ from: 'value', name });

/** Boolean SQL over `alias`, never null. */
export function searchSql(
  node: SearchNode,
  entity: EntityType,
  alias: string,
  slots: SlotWriter,
  slotOf: TermSlot = FROM_REQUEST,
): string {
  const column = ({ name }: Property): string => columnOf(alias, entity, name);
  const text = searchTextSql(entity, column);
  const words = searchWordsSql(entity, column);
  const prose = searchedProse(entity, column);
  const term = ({ index, digits, short }: Term): string => {
    const value = (form: TermForm): string => slots.use(slotOf(termName(index, form)), 'text');
    const texts = [...(text === null ? [] : [text]), ...(short ? prose.map((each) => each.text) : [])];
    const forms: readonly TermForm[] = digits ? ['term', 'digits'] : ['term'];
    const tests = texts.flatMap((each) => forms.map((form) => `${each} like ${foldedSql(value(form))}`));
    if (words !== null && !short) tests.push(saidSql(words, prose, value('words'), value('beginning')));
    return `(${tests.join(' or ')})`;
  };
  const print = (each: SearchNode): string => {
    if (each.kind === 'term') return term(each);
    if (each.kind === 'not') return `(not ${print(each.operand)})`;
    return `(${each.operands.map(print).join(` ${each.kind} `)})`;
  };
  return print(node);
}

type Term = Extract<SearchNode, { kind: 'term' }>;

/** The configuration that the platform's tables come with (prisma/migrations), and one that leaves words as they are. */
const STEMS = `'kartoteka.words'::regconfig`;
const PLAIN = `'pg_catalog.simple'::regconfig`;

/**
 * The long texts have the words of a term one after the other, each in any of its forms, or the one word of it as the beginning of
 * one.
 */
function saidSql(words: string, prose: readonly { readonly words: string }[], term: string, beginning: string): string {
  const forms = `phraseto_tsquery(${STEMS}, ${wordsSql(term)})`;
  const begun = `(nullif(phraseto_tsquery(${PLAIN}, ${wordsSql(beginning)})::text, '') || ':*')::tsquery`;
  const query = `coalesce(${forms} || ${begun}, ${forms})`;
  const said = `${words} @@ ${query}`;
  if (prose.length < 2) return said;
  // The index knows the words of all texts in one row: where one text ends is asked of the records that it finds.
  return `(${said} and (${prose.map((each) => `${each.words} @@ ${query}`).join(' or ')}))`;
}
