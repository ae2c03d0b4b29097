// Structures of background steps, capacity and purge. A table of data.
import { is, listOf } from './members.ts';
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
      state: is('Edm.String', 'waiting: for its next attempt; given_up: a conversion that is over, unfinished', {
        values: ['pending', 'running', 'waiting', 'done', 'given_up'],
      }),
      created_on: is('Edm.DateTimeOffset', 'When it was published'),
      started_on: is('Edm.DateTimeOffset', 'When it was tried last', NULLABLE),
      done_on: is('Edm.DateTimeOffset', 'When it succeeded', NULLABLE),
      due_on: is('Edm.DateTimeOffset', 'It is not tried before; null once it is done', NULLABLE),
      given_up_on: is('Edm.DateTimeOffset', 'When it was given up', NULLABLE),
      given_up_by_id: is('Edm.Guid', 'Who gave it up', NULLABLE),
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
  purge_plan: {
    description: 'What a purge would drop',
    members: {
      revision: is('Edm.Int32', 'Revision that the plan stands on'),
      fingerprint: is('Edm.String', 'What the purge is given'),
      items: listOf('hidden_item', 'What would be lost'),
      steps: listOf('purge_step', 'Statements, in their order'),
    },
  },
  purge_step: {
    description: 'A statement of a purge',
    members: { sql: is('Edm.String', 'The statement'), lock: is('Edm.String', 'The lock it takes, and for how long') },
  },
  purge_result: {
    description: 'What was dropped',
    members: {
      revision: is('Edm.Int32', 'Revision after it'),
      items: listOf('hidden_item', 'As they were counted before'),
    },
  },
  hidden_item: {
    description: 'A column or table whose values nobody reaches',
    members: {
      item: is('Edm.String', 'Its name: schema, table and column', { example: 'data.deal.probability' }),
      kind: is('Edm.String', 'What is dropped', { values: ['column', 'table'] }),
      schema: is('Edm.String', 'data, or that of tables which made room'),
      table: is('Edm.String', 'Table'),
      column: is('Edm.String', 'Column; null of a table', NULLABLE),
      entity: is('Edm.String', 'Entity, or of a table of links the field that made it'),
      property: is('Edm.String', 'Property; null of a table', NULLABLE),
      hidden_on: is('Edm.DateTimeOffset', 'When it was hidden, as far as that is known', NULLABLE),
      bytes: is('Edm.Int64', 'Size of a table with its indexes', NULLABLE),
      records: is('Edm.Int64', 'Records that lose a value, or themselves; null where counting took too long', NULLABLE),
      more: is('Edm.Boolean', 'There are more than records'),
    },
  },
};
