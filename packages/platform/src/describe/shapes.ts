// Structures in bodies and answers that are no records, by name: what CSDL calls complex types and OpenAPI schemas. A table of data.
import { PRIVILEGES } from '@kartoteka/metadata';
import { DIRECTORY } from '../security/directory.ts';
import { SHARE_RIGHT_BITS } from '../security/types.ts';
import { SECURITY_EVENT_KINDS } from '../security-log/kinds.ts';
import { CHANGE_SET_SHAPES } from './change-set-shapes.ts';
import { is, listOf } from './members.ts';
import { METADATA_SHAPES } from './metadata-shapes.ts';
import { PREVIEW_SHAPES } from './preview-shapes.ts';
import { TIMELINE_SHAPES } from './timeline.ts';
import type { Shape } from './types.ts';

export const SHARE_RIGHTS: readonly string[] = Object.keys(SHARE_RIGHT_BITS);
const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;
const EITHER = { optional: true, nullable: true } as const;

const ERRORS: Readonly<Record<string, Shape>> = {
  error_detail: {
    open: true,
    description: 'One thing that is wrong',
    members: {
      code: is('Edm.String', 'A code of the error table'),
      message: is('Edm.String', 'In words'),
      target: is(
        'Edm.String',
        'Where: a property, an option, a header, or a place in the body such as records/17/name',
        OPTIONAL,
      ),
    },
  },
  error: {
    open: true,
    description: 'What went wrong',
    members: {
      code: is('Edm.String', 'A code of the error table'),
      message: is('Edm.String', 'In words'),
      target: is('Edm.String', 'Where', OPTIONAL),
      details: listOf('error_detail', 'Everything that was found', OPTIONAL),
    },
  },
};

const MANY: Readonly<Record<string, Shape>> = {
  record_result: {
    description: 'What became of one record',
    members: {
      status: is('Edm.Int32', 'As a request for this record alone would answer'),
      id: is('Edm.Guid', 'Of the record', OPTIONAL),
      changed: is('Edm.Boolean', 'False where the record had all values already', OPTIONAL),
      error: is('error', 'Why it was refused', OPTIONAL),
      duplicates: listOf('duplicate_candidate', 'Records that it is taken for', OPTIONAL),
    },
  },
  duplicate_candidate: {
    description: 'A record that a duplicate rule takes for another',
    members: {
      rule: is('Edm.String', 'Name of the rule'),
      entity: is('Edm.String', 'Entity of the candidate'),
      set: is('Edm.String', 'Its entity set'),
      id: is('Edm.Guid', 'Of the candidate; null where the caller may not read it', NULLABLE),
      title: is('Edm.String', 'What it is called, where that may be read', NULLABLE),
    },
  },
  record_results: {
    description: 'A result for each record, in their order',
    members: { results: listOf('record_result', 'In the order of the request') },
  },
};

const SHARES: Readonly<Record<string, Shape>> = {
  record_share: {
    description: 'What a user or team was given on a record',
    members: {
      principal_id: is('Edm.Guid', 'The user or team'),
      kind: is('Edm.String', 'Entity of it', { values: [DIRECTORY.user, DIRECTORY.team] }),
      name: is('Edm.String', 'What it is called, where that may be read', NULLABLE),
      active: is('Edm.Boolean', 'False of a user who is disabled; null where that may not be read', NULLABLE),
      rights: listOf('Edm.String', 'Rights on the record', { values: SHARE_RIGHTS, example: ['read', 'write'] }),
      granted_on: is('Edm.DateTimeOffset', 'When they were given or last changed'),
      granted_by_id: is('Edm.Guid', 'By which user, where he may be read', NULLABLE),
      granted_by_name: is('Edm.String', 'Name of that user', NULLABLE),
    },
  },
};

const HAND_OVER: Readonly<Record<string, Shape>> = {
  entity_count: {
    description: 'How many records of an entity',
    members: {
      entity: is('Edm.String', 'Name of the entity'),
      set: is('Edm.String', 'Its entity set'),
      count: is('Edm.Int64', 'Records that change their owner'),
    },
  },
  titled_record: {
    description: 'A record by its title',
    members: {
      entity: is('Edm.String', 'Name of the entity'),
      set: is('Edm.String', 'Its entity set'),
      id: is('Edm.Guid', 'Of the record'),
      title: is('Edm.String', 'Value of its title property', NULLABLE),
    },
  },
  refused_record: {
    description: 'A record that may not be assigned',
    members: {
      entity: is('Edm.String', 'Name of the entity'),
      set: is('Edm.String', 'Its entity set'),
      id: is('Edm.Guid', 'Of the record'),
      status: is('Edm.Int32', 'Status of the error'),
      error: is('error', 'Why'),
    },
  },
  hand_over_answer: {
    description: 'What moved, or would',
    members: {
      dry_run: is('Edm.Boolean', 'Whether nothing was stored'),
      complete: is('Edm.Boolean', 'False where the trial ended with the hundredth refusal'),
      count: is('Edm.Int64', 'Records that change their owner'),
      entities: listOf('entity_count', 'The same by entity'),
      records: listOf('titled_record', 'The first hundred'),
      refused: listOf('refused_record', 'Of a trial: what may not be assigned'),
    },
  },
};

const CHANGES: Readonly<Record<string, Shape>> = {
  changed_property: {
    description: 'One property of a change',
    members: {
      property: is('Edm.String', 'Property, or collection whose links were changed'),
      before: is('Edm.Untyped', 'Value before; of links the ids taken away', EITHER),
      after: is('Edm.Untyped', 'Value after; of links the ids added', EITHER),
      redacted: is('Edm.Boolean', 'The values were taken out by a redaction', OPTIONAL),
    },
  },
  change: {
    description: 'One change of a record',
    members: {
      id: is('Edm.Int64', 'Of the change'),
      record_id: is('Edm.Guid', 'Of the record'),
      operation: is('Edm.String', 'What was done', { values: ['create', 'update', 'delete', 'restore', 'redact'] }),
      version: is('Edm.Int64', 'Version that the record had afterwards'),
      changed_on: is('Edm.DateTimeOffset', 'When'),
      actor_id: is('Edm.Guid', 'The user who did it', NULLABLE),
      actor_name: is('Edm.String', 'Name of that user, where it may be read', NULLABLE),
      caller_id: is('Edm.Guid', 'Who acted as that user', NULLABLE),
      caller_name: is('Edm.String', 'Name of who acted', NULLABLE),
      client: is('Edm.String', 'The program', NULLABLE),
      changes: listOf('changed_property', 'What was changed'),
    },
  },
};

const SECURITY: Readonly<Record<string, Shape>> = {
  caller: {
    context: true,
    description: 'Whose rights a request has',
    members: {
      user_id: is('Edm.Guid', 'The user'),
      caller_id: is('Edm.Guid', 'Who acts as that user', NULLABLE),
      business_unit_id: is('Edm.Guid', 'The unit that the user belongs to'),
      team_ids: listOf('Edm.Guid', 'The teams that the user is a member of'),
      capabilities: listOf('Edm.String', 'What the user may do beside reading and writing records'),
      language: is('Edm.String', 'In which labels and formatted values are told to the request'),
      time_zone: is('Edm.String', "The organization's, in which timestamps have their parts"),
    },
  },
  security_event: {
    description: 'What happened to sign-ins, credentials, rights and exports',
    members: {
      id: is('Edm.Int64', 'Of the event'),
      occurred_on: is('Edm.DateTimeOffset', 'When'),
      kind: is('Edm.String', 'What', { values: Object.keys(SECURITY_EVENT_KINDS) }),
      actor_id: is('Edm.Guid', 'The user who did it', NULLABLE),
      caller_id: is('Edm.Guid', 'Who acted as that user', NULLABLE),
      client: is('Edm.String', 'The program', NULLABLE),
      address: is('Edm.String', 'Network address', NULLABLE),
      user_agent: is('Edm.String', 'What the program calls itself', NULLABLE),
      target_entity: is('Edm.String', 'Entity of the target', NULLABLE),
      target_id: is('Edm.Guid', 'The target', NULLABLE),
      details: is('Edm.Untyped', 'What else is known, by kind', NULLABLE),
    },
  },
};

const EXPLAINED: Readonly<Record<string, Shape>> = {
  explained_principal: {
    description: 'A user, team or unit, named as far as the caller may see it',
    members: {
      kind: is('Edm.String', 'user, team or business_unit'),
      id: is('Edm.Guid', 'Of it', OPTIONAL),
      name: is('Edm.String', 'Its name', EITHER),
      active: is('Edm.Boolean', 'False: disabled or deleted', OPTIONAL),
    },
  },
  explained_privilege: {
    open: true,
    description: 'One privilege: whether it is granted, by what, and what would be enough',
    members: {
      granted: is('Edm.Boolean', 'What the engine decides'),
      applicable: is('Edm.Boolean', 'False: it means nothing on such records', OPTIONAL),
      code: is('Edm.String', 'Code of the error that its lack answers', OPTIONAL),
      grants: listOf('explained_grant', 'All grants of the privilege that are held'),
      blocked_by: listOf('Edm.String', 'Privileges that are needed besides', OPTIONAL),
      smallest_grants: listOf('explained_grant', 'Changes each of which would be enough by itself', OPTIONAL),
    },
  },
  explained_grant: { open: true, description: 'A grant, or a change of one', members: {} },
  explained_privileges: {
    description: 'By privilege',
    members: Object.fromEntries(PRIVILEGES.map((name) => [name, is('explained_privilege', `The privilege ${name}`)])),
  },
  explained_field: {
    open: true,
    description: 'A secured field: which rights there are, and through which roles',
    members: { field: is('Edm.String', 'Name of the field') },
  },
  explanation: {
    context: true,
    description: 'Who may do what, and why',
    members: {
      entity: is('Edm.String', 'Name of the entity'),
      id: is('Edm.Guid', 'Of the record; absent for the entity as a whole', OPTIONAL),
      principal: is('explained_principal', 'About whom it is'),
      privileges: is('explained_privileges', 'Each privilege'),
      secured_fields: listOf('explained_field', 'Each secured field of the entity'),
      acting: is('explanation', 'The same of who acts as the user', OPTIONAL),
    },
  },
};

/** All structures by name. None refers to a name that is not here. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  ...ERRORS,
  ...MANY,
  ...SHARES,
  ...HAND_OVER,
  ...CHANGES,
  ...TIMELINE_SHAPES,
  ...SECURITY,
  ...EXPLAINED,
  ...PREVIEW_SHAPES,
  ...METADATA_SHAPES,
  ...CHANGE_SET_SHAPES,
};
