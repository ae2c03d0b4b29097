// Structures of background steps and capacity. A table of data.
import { is } from './members.ts';
import type { Member, Shape } from './types.ts';

const NULLABLE = { nullable: true } as const;

/** Something that is limited. */
const limited = (what: string, more: Readonly<Record<string, Member>> = {}): Shape => ({
  description: `${what}: how many there are, may be, and can be added`,
  members: {
    used: is('Edm.Int32', 'Used'),
    limit: is('Edm.Int32', 'The most there may be'),
    left: is('Edm.Int32', 'Left'),
    ...more,
  },
});

export const STATE_SHAPES: Readonly<Record<string, Shape>> = {
  background_step: {
    description: 'A statement of a publish that runs after its commit, until it has succeeded',
    members: {
      id: is('Edm.Int64', 'Its number, in the order of steps'),
      revision: is('Edm.Int32', 'The publish it belongs to'),
      kind: is('Edm.String', 'What it does', { example: 'create_index' }),
      table: is('Edm.String', 'Table it works on'),
      object: is('Edm.String', 'Index, constraint or column'),
      sql: is('Edm.String', 'The statement, or that of one batch'),
      state: is('Edm.String', 'waiting: for its next attempt', { values: ['pending', 'running', 'waiting', 'done'] }),
      created_on: is('Edm.DateTimeOffset', 'When it was published'),
      started_on: is('Edm.DateTimeOffset', 'When it was tried last', NULLABLE),
      done_on: is('Edm.DateTimeOffset', 'When it succeeded', NULLABLE),
      due_on: is('Edm.DateTimeOffset', 'It is not tried before; null once it is done', NULLABLE),
      attempts: is('Edm.Int32', 'How often it was tried'),
      rows_done: is('Edm.Int64', 'Rows it has dealt with', NULLABLE),
      rows_total: is('Edm.Int64', 'Rows there are, as far as is known', NULLABLE),
      phase: is('Edm.String', 'What PostgreSQL is at, of an index that is being built', NULLABLE),
      error: is('Edm.String', 'Why the last attempt failed', NULLABLE),
    },
  },
  entity_capacity: {
    description: 'What an entity has used of its table',
    members: {
      entity: is('Edm.String', 'Its name'),
      fields: is('Edm.Int32', 'Number of fields'),
      columns: is('table_columns', 'Columns of the table'),
      indexes: is('table_indexes', "Indexes, the primary key's among them"),
      row_bytes: is('row_bytes', 'Bytes of a row with a value in every column, long ones stored elsewhere'),
      links: is('Edm.Int32', 'Many-to-many relations'),
    },
  },
  table_columns: limited('Columns', {
    hidden: is('Edm.Int32', 'Of fields that were removed, until they are purged'),
    dropped: is('Edm.Int32', 'Purged ones, which count all the same'),
  }),
  table_indexes: limited('Indexes'),
  row_bytes: limited('Bytes of a row'),
};
