// A $search as a SQL condition over one record: every term is contained in the text that the record is searched as, in the
// words of the trigram index over it. It knows no rights; values are bound.
import { type EntityType, foldedSql, searchTextSql } from '@kartoteka/metadata';
import { type SearchNode, termName } from '../request/search.ts';
import { columnOf } from './scope.ts';
import type { SlotWriter } from './statement.ts';

/** Boolean SQL over `alias`, never null. */
export function searchSql(node: SearchNode, entity: EntityType, alias: string, slots: SlotWriter): string {
  const text = searchTextSql(entity, (property) => columnOf(alias, entity, property.name));
  const contains = (index: number, digits: boolean): string => {
    const pattern = slots.use({ from: 'value', name: termName(index, digits) }, 'text');
    return `${text} like ${foldedSql(pattern)}`;
  };
  const print = (each: SearchNode): string => {
    if (each.kind === 'not') return `(not ${print(each.operand)})`;
    if (each.kind !== 'term') return `(${each.operands.map(print).join(` ${each.kind} `)})`;
    const plain = contains(each.index, false);
    return each.digits ? `(${plain} or ${contains(each.index, true)})` : `(${plain})`;
  };
  return print(node);
}
