// What merging is called over HTTP, takes and answers. It merges nothing itself.
import { is, listOf } from '../describe/members.ts';
import type { Shape } from '../describe/types.ts';
import type { OperationDefinition } from '../extensions/types.ts';
import { DIRECTORY } from '../security/directory.ts';
import { merge } from './merge.ts';
import { MOST_MERGED, UNDO_DAYS } from './types.ts';
import { unmerge } from './unmerge.ts';

const OPTIONAL = { optional: true } as const;
/** Rights are made of their records: they are not merged. */
const WITHOUT: ReadonlySet<string> = new Set(Object.values(DIRECTORY));

const BASE = {
  kind: 'action',
  binding: 'record',
  capability: 'merge',
  entity: ({ name }) => !WITHOUT.has(name),
} as const satisfies Partial<OperationDefinition>;

export const mergeOperations: readonly OperationDefinition[] = [
  {
    ...BASE,
    name: 'merge',
    parameters: {
      others: listOf('Edm.Guid', 'Records that go into this one', { most: MOST_MERGED }),
      values: is('property_values', 'Values that the record gets, by property', OPTIONAL),
      take: is('property_values', 'Values that are taken over: the id of one of the others, by property', OPTIONAL),
    },
    returns: { shape: 'merge_answer' },
    summary: 'Merge records',
    description: `What refers to the others refers to this record, which gets their links and shares; the others go to the recycle bin. Can be undone for ${UNDO_DAYS} days.`,
    run: merge,
  },
  {
    ...BASE,
    name: 'unmerge',
    parameters: { merge_id: is('Edm.Guid', 'Which merge; the latest where it is left out', OPTIONAL) },
    returns: { shape: 'unmerge_answer' },
    summary: 'Undo a merge',
    description: 'The merged records return, and what was moved goes back to them unless it has been changed since.',
    run: unmerge,
  },
];

export const MERGE_SHAPES: Readonly<Record<string, Shape>> = {
  property_values: { open: true, description: 'Values by property', members: {} },
  merge_record: {
    description: 'A record that did not go along',
    members: { entity: is('Edm.String', 'Its entity'), id: is('Edm.Guid', 'Of the record') },
  },
  merge_left: {
    description: 'What an undoing leaves as it is',
    members: {
      entity: is('Edm.String', 'Its entity'),
      id: is('Edm.Guid', 'Of the record'),
      reason: is('Edm.String', 'Why'),
    },
  },
  merge_answer: {
    context: true,
    description: 'What a merge has done',
    members: {
      merge_id: is('Edm.Guid', 'By which it is undone'),
      merged: listOf('Edm.Guid', 'Records that are in the recycle bin now'),
      moved: is('Edm.Int32', 'References that lead to the record now'),
      links: is('Edm.Int32', 'Many-to-many links that were moved'),
      collided: listOf('merge_record', 'Records in the recycle bin because the record had one with the same key'),
    },
  },
  unmerge_answer: {
    context: true,
    description: 'What an undoing has done',
    members: {
      merge_id: is('Edm.Guid', 'The merge'),
      restored: listOf('Edm.Guid', 'Records that are there again'),
      moved: is('Edm.Int32', 'References that lead to them again'),
      left: listOf('merge_left', 'What was changed since'),
    },
  },
};
