// What a plan says of a publish (publish/plan-report/types.ts), as structures of the OpenAPI document. A table of data.
import { is, listOf } from './members.ts';
import type { Shape } from './types.ts';

const NULLABLE = { nullable: true } as const;
const RECORDS = {
  records: is('Edm.Int64', 'As far as they were counted; null: counting took too long', NULLABLE),
  more: is('Edm.Boolean', 'There are more'),
} as const;

export const PLAN_SHAPES: Readonly<Record<string, Shape>> = {
  plan_report: {
    description: 'What a publish would do',
    members: {
      revision: is('Edm.Int32', 'Revision that the plan stands on'),
      fingerprint: is('Edm.String', 'Tells this plan from every other: what the publish is given'),
      destructive: is('Edm.Boolean', 'The publish needs allow_destructive'),
      changes: listOf('model_change', 'What becomes different'),
      steps: listOf('planned_step', 'Statements, in the order in which they run'),
      checks: listOf('planned_check', 'What stored records are asked before'),
      losses: listOf('planned_loss', 'Values that nobody reaches any more'),
      conversions: listOf('planned_conversion', 'Values that are brought over to another type'),
      unfit: listOf('planned_unfit', 'Stored records that do not meet what is asked of them'),
      retired: listOf(
        'retired_values',
        'Hidden values and records of former fields and entities whose names new ones take',
      ),
      dependents: listOf('dependent', 'Places in documents that name what is removed or changed'),
      rights: listOf('right_change', 'What holders of roles gain or lose'),
      capacity: listOf('capacity_warning', 'What is nearly used up'),
    },
  },
  model_change: {
    description: 'A difference between two Models',
    members: {
      what: is('Edm.String', 'entity, field, key, index, rule, choice, value, role, view, form or organization'),
      change: is('Edm.String', 'How', { values: ['added', 'changed', 'removed'] }),
      subject: is('Edm.String', 'Name of the entity, choice, role, view or form'),
      name: is('Edm.String', 'Name inside of it; empty for the subject itself'),
      effect: is('Edm.String', 'What it does to records', {
        values: ['additive', 'restrictive', 'destructive', 'metadata_only'],
      }),
      words: is('Edm.String', 'In one sentence'),
    },
  },
  planned_step: {
    description: 'A statement of the publish',
    members: {
      sql: is('Edm.String', 'The statement'),
      description: is('Edm.String', 'What it is for'),
      phase: is('Edm.String', 'Commits with the documents, or runs after them', {
        values: ['transaction', 'background'],
      }),
      table: is('Edm.String', 'Table whose lock it takes', NULLABLE),
      lock: is('Edm.String', 'The lock, and whom it holds up'),
      held: is('Edm.String', 'For how long'),
      rewrites: is('Edm.Boolean', 'It writes stored rows anew'),
      scans: is('Edm.Boolean', 'It reads every row'),
      rows: is('Edm.Int64', 'Rows of the table, estimated', NULLABLE),
    },
  },
  planned_check: {
    description: 'What stored records are asked',
    members: {
      sql: is('Edm.String', 'The question'),
      reason: is('Edm.String', 'What the publish is refused with where there is an answer'),
      under_lock: is('Edm.Boolean', 'Asked again under the lock'),
    },
  },
  planned_loss: {
    description: 'Values that nobody reaches any more; they stay, hidden, until they are purged',
    members: {
      what: is('Edm.String', 'Entity, or entity.property'),
      how: is('Edm.String', 'Removed, or not expressible in the new type', { values: ['removed', 'not_converted'] }),
      ...RECORDS,
    },
  },
  planned_conversion: {
    description: 'Values that are brought over to another type',
    members: {
      what: is('Edm.String', 'entity.property'),
      from: is('Edm.String', 'Type before'),
      to: is('Edm.String', 'Type after'),
      ...RECORDS,
    },
  },
  retired_values: {
    description: 'Hidden values of a former field of the name that a new one takes, or records of a former entity',
    members: {
      what: is('Edm.String', 'entity.property; entity of its records, entity.field of links'),
      column: is('Edm.String', 'Column that holds them; null of records and links', NULLABLE),
      restored: is('Edm.Boolean', 'They come back with this publish'),
      restorable: is('Edm.Boolean', 'They have the type of the new field, or the ownership of the new entity'),
      ...RECORDS,
    },
  },
  planned_unfit: {
    description: 'Stored records that do not meet what the documents ask from now on',
    members: {
      what: is('Edm.String', 'entity.property'),
      why: is('Edm.String', 'A value that is removed, or one that is required and missing', {
        values: ['value_removed', 'value_missing'],
      }),
      value: is('Edm.String', 'The value that is removed', NULLABLE),
      refuses: is('Edm.Boolean', 'The publish is refused while there are such records'),
      ...RECORDS,
    },
  },
  dependent: {
    description: 'A place in a document that names what is removed or changed',
    members: {
      kind: is('Edm.String', 'Kind of document'),
      name: is('Edm.String', 'Its name'),
      pointer: is('Edm.String', 'JSON pointer into the effective document'),
      on: is('Edm.String', 'What it depends on'),
    },
  },
  right_change: {
    description: 'What holders of a role gain or lose',
    members: {
      role: is('Edm.String', 'The role'),
      entity: is('Edm.String', 'Null: a capability', NULLABLE),
      field: is('Edm.String', 'Null: a privilege on the entity', NULLABLE),
      right: is('Edm.String', 'Privilege, right on a field, or capability'),
      before: is('Edm.String', 'Depth and condition, or granted; null: not held', NULLABLE),
      after: is('Edm.String', 'The same afterwards', NULLABLE),
    },
  },
  capacity_warning: {
    description: 'Something of an entity that is nearly used up',
    members: {
      entity: is('Edm.String', 'The entity'),
      what: is('Edm.String', 'Of what', { values: ['columns', 'indexes', 'row_bytes'] }),
      used: is('Edm.Int32', 'Used after the publish'),
      limit: is('Edm.Int32', 'What there is'),
      words: is('Edm.String', 'In one sentence'),
    },
  },
};
