// The timeline of a record as it is described: its parameters, and what an entry is. It runs nothing.
import { is, listOf } from './members.ts';
import type { Member, Shape } from './types.ts';

const NULLABLE = { nullable: true } as const;

const KINDS: Member = listOf(
  'Edm.String',
  'Kinds of entries: change, and names of entities; all where it is left out',
  {
    optional: true,
    most: 50,
    example: ['change', 'event'],
  },
);

export const TIMELINE = { name: 'timeline', kind: 'function', parameters: { kinds: KINDS }, list: {} } as const;

export const TIMELINE_SHAPES: Readonly<Record<string, Shape>> = {
  entry_values: { open: true, description: 'Values of the fields of an entry, by property', members: {} },
  timeline_entry: {
    description: 'One entry in the timeline of a record',
    members: {
      kind: is('Edm.String', 'change, or the name of the entity whose record it is'),
      id: is('Edm.String', 'Of the change, or of the record'),
      at: is('Edm.DateTimeOffset', 'When'),
      by_id: is('Edm.Guid', 'The user who did it', NULLABLE),
      by_name: is('Edm.String', 'Name of that user, where it may be read', NULLABLE),
      caller_id: is('Edm.Guid', 'Of a change: who acted as that user', NULLABLE),
      caller_name: is('Edm.String', 'Name of who acted', NULLABLE),
      operation: is('Edm.String', 'Of a change: what was done', {
        ...NULLABLE,
        values: ['create', 'update', 'delete', 'restore', 'redact'],
      }),
      changes: listOf('changed_property', 'Of a change: what was changed; none of other entries'),
      title: is('Edm.String', 'What the record is called, where that may be read; null of changes', NULLABLE),
      record: is('entry_values', 'Its fields, as far as they may be read; null of changes', NULLABLE),
    },
  },
};
