// Structures of preview_role_change: the change that is asked about, and who would gain or lose what. A table of data.
import type { Member, Shape } from './types.ts';

const text = (description: string, more: Partial<Member> = {}): Member => ({
  type: 'Edm.String',
  description,
  ...more,
});
const guid = (description: string, more: Partial<Member> = {}): Member => ({ type: 'Edm.Guid', description, ...more });
const count = (description: string): Member => ({ type: 'Edm.Int64', description });
const many = (type: string, description: string, more: Partial<Member> = {}): Member => ({
  type,
  description,
  collection: true,
  ...more,
});
const OPTIONAL = { optional: true } as const;
const EITHER = { optional: true, nullable: true } as const;

export const PREVIEW_SHAPES: Readonly<Record<string, Shape>> = {
  preview_role: {
    open: true,
    description: 'A role document as it would be published: a whole one (`name`) or an extension (`extends`)',
    members: {
      name: text('Of the role', OPTIONAL),
      extends: text('Name of the role that it extends', OPTIONAL),
      remove: { type: 'Edm.Boolean', description: 'True: the document is taken away', ...OPTIONAL },
    },
  },
  preview_business_unit: {
    description: 'A unit under another parent',
    members: { id: guid('Of the unit'), parent_id: guid('The parent', { nullable: true }) },
  },
  preview_team: {
    description: 'A team in another unit',
    members: { id: guid('Of the team'), owning_business_unit_id: guid('The unit') },
  },
  preview_user: {
    description: 'A user in another unit, or enabled or disabled',
    members: {
      id: guid('Of the user'),
      owning_business_unit_id: guid('The unit', OPTIONAL),
      active: { type: 'Edm.Boolean', description: 'Whether he may sign in', ...OPTIONAL },
    },
  },
  preview_role_assignment: {
    description: 'A role given to a user or a team',
    members: { role: text('Name of the role'), user_id: guid('The user', EITHER), team_id: guid('The team', EITHER) },
  },
  preview_role_assignments: {
    description: 'Roles given and taken',
    members: {
      create: many('preview_role_assignment', 'Given', OPTIONAL),
      delete: many('Edm.Guid', 'Ids of role assignments that are taken away', OPTIONAL),
    },
  },
  preview_team_member: {
    description: 'A user in a team',
    members: { team_id: guid('The team'), user_id: guid('The user') },
  },
  preview_team_members: {
    description: 'Memberships made and ended',
    members: {
      create: many('preview_team_member', 'Made', OPTIONAL),
      delete: many('Edm.Guid', 'Ids of memberships that end', OPTIONAL),
    },
  },
  preview_names: {
    description: 'Names gained and lost',
    members: { gained: many('Edm.String', 'Gained'), lost: many('Edm.String', 'Lost') },
  },
  preview_principal: {
    description: 'A user whom the change concerns',
    members: {
      id: guid('Of the user'),
      title: text('His name', { nullable: true }),
      capabilities: { type: 'preview_names', description: 'Capabilities', ...OPTIONAL },
      secured_fields: { type: 'preview_names', description: 'Permissions on secured fields', ...OPTIONAL },
    },
  },
  preview_record: {
    description: 'A record',
    members: { id: guid('Of the record'), title: text('Value of its title property', { nullable: true }) },
  },
  preview_records: {
    description: 'Records gained or lost',
    members: {
      count: count('How many'),
      records: many('preview_record', 'The first hundred that the caller may read'),
    },
  },
  preview_change: {
    description: 'What some users gain and lose of one entity',
    members: {
      entity: text('Name of the entity'),
      privilege: text('The privilege'),
      principal_ids: many('Edm.Guid', 'The users'),
      counted: text('Whether all records are counted or those that the caller may read', {
        values: ['all', 'readable'],
      }),
      gained: { type: 'preview_records', description: 'Gained' },
      lost: { type: 'preview_records', description: 'Lost' },
    },
  },
  preview_answer: {
    description: 'Who would gain or lose how many records',
    members: {
      examined: count('Users who were counted'),
      not_examined: count('Users who hold something that changes and were not counted'),
      records_left_out: {
        type: 'Edm.Boolean',
        description: 'Whether more records would be shown than one answer holds',
      },
      principals: many('preview_principal', 'The users concerned'),
      changes: many('preview_change', 'What they gain and lose'),
    },
  },
};
