// The actions and functions of the service beside reading and writing records: what they are called on, take and answer, and who
// may use them. Described once for CSDL and OpenAPI; what runs is in pipeline.ts, operations.ts and actions/.
import { type EntityType, PRIVILEGES } from '@kartoteka/metadata';
import { MOST_IDS } from '../actions/body.ts';
import { MOST_RECORDS } from '../bulk/request.ts';
import { extensionsOf } from '../extensions/registry.ts';
import type { OperationDefinition } from '../extensions/types.ts';
import { ownerProperty } from '../plan/write.ts';
import { DIRECTORY } from '../security/directory.ts';
import { is, listOf } from './members.ts';
import { SHARE_RIGHTS } from './shapes.ts';
import { TIMELINE } from './timeline.ts';
import type { Caller, Member, Operation } from './types.ts';

type Available = Operation['available'];

const may =
  (...privileges: readonly (typeof PRIVILEGES)[number][]) =>
  ({ principal }: Caller, entity: EntityType): boolean =>
    privileges.every((privilege) => principal.access(entity.name, privilege).granted);

const onEntity =
  (test: (caller: Caller, entity: EntityType) => boolean): Available =>
  (caller, entity) =>
    entity !== null && test(caller, entity);

const holds = ({ principal }: Caller, capability: string): boolean =>
  principal.kind === 'system' || principal.capabilities.has(capability);

const mayAssign = onEntity(
  (caller, entity) => ownerProperty(entity) !== undefined && may('read', 'write', 'assign')(caller, entity),
);
const mayShare = onEntity(
  (caller, entity) => entity.ownership !== 'organization' && may('read', 'share')(caller, entity),
);
const mayRedact = onEntity((caller, entity) => holds(caller, 'redact') && may('read', 'write')(caller, entity));
const mayRead = onEntity(may('read'));

const OWNER = is('Edm.Guid', 'The user or team that gets the record, or the unit where records belong to units');
const PRINCIPAL = is('Edm.Guid', 'A user or team');
const RIGHTS = listOf('Edm.String', 'Rights on the record', { values: SHARE_RIGHTS, example: ['read', 'write'] });
const OPTIONAL = { optional: true } as const;

interface ActionText {
  readonly parameters: Readonly<Record<string, Member>>;
  readonly available: Available;
  readonly one: string;
  readonly many: string;
  readonly description: string;
}

/** Actions that one record and many records can be given. */
const BOTH: Readonly<Record<string, ActionText>> = {
  assign: {
    parameters: { owner_id: OWNER },
    available: mayAssign,
    one: 'Give the record to another owner',
    many: 'Give records to another owner',
    description:
      'The update of the property that holds the owner, with its rights, checks, hooks and change log, and what follows the owner.',
  },
  share: {
    parameters: { principal_id: PRINCIPAL, rights: RIGHTS },
    available: mayShare,
    one: 'Share the record',
    many: 'Share records',
    description:
      'Adds rights to what the user or team was given before. Nobody gives a right that he does not hold on the record.',
  },
  modify: {
    parameters: { principal_id: PRINCIPAL, rights: RIGHTS },
    available: mayShare,
    one: 'Set the rights of a share',
    many: 'Set the rights of shares',
    description: 'Sets the rights of a share that is there.',
  },
  revoke: {
    parameters: { principal_id: PRINCIPAL },
    available: mayShare,
    one: 'Take a share back',
    many: 'Take shares back',
    description: 'Takes a share back, whoever gave it.',
  },
};

const IDS = listOf('Edm.Guid', 'Different ids of records', { most: MOST_IDS });
const ATOMIC = is('Edm.Boolean', 'True: all or none, in one transaction', OPTIONAL);

const onRecords: readonly Operation[] = Object.entries(BOTH).flatMap(([name, { parameters, available, ...text }]) => {
  const versioned = name === 'assign' ? ({ versioned: true } as const) : {};
  const base = { name, kind: 'action', available, description: text.description } as const;
  return [
    {
      ...base,
      ...versioned,
      binding: 'record',
      parameters,
      returns: name === 'assign' ? 'record' : null,
      summary: text.one,
    },
    {
      ...base,
      binding: 'collection',
      parameters: { ids: IDS, ...parameters, atomic: ATOMIC },
      returns: { shape: 'record_results' },
      summary: text.many,
      description: `${text.description} Each record is judged as alone; the results are in the order of the ids.`,
    },
  ] satisfies Operation[];
});

const REDACTION: Readonly<Record<string, Member>> = {
  properties: listOf('Edm.String', 'Properties that are marked as personal data', OPTIONAL),
  personal_data: is('Edm.Boolean', 'True: all that are marked; then without properties', OPTIONAL),
};
const REDACT_TEXT =
  'Takes personal data out of the record and of its history, for good; what stays is the trace that it was done.';

const CHANGES_FILTER = 'changed_on (gt, ge, lt, le), actor_id, operation and property (eq, in), joined by and';

const RECORD_OPERATIONS: readonly Operation[] = [
  {
    name: 'restore',
    kind: 'action',
    binding: 'record',
    parameters: {},
    returns: 'record',
    available: onEntity(may('read', 'delete')),
    summary: 'Bring the record back from the recycle bin',
    description:
      'Undoes one delete in one transaction: the record, what went along with it, and the lookups that were cleared.',
  },
  ...(['record', 'deleted_record'] as const).map(
    (binding): Operation => ({
      name: 'redact',
      kind: 'action',
      binding,
      parameters: REDACTION,
      returns: null,
      available:
        binding === 'record' ? mayRedact : (caller, entity) => mayRedact(caller, entity) && mayBin(caller, entity),
      summary: binding === 'record' ? 'Redact personal data' : 'Redact personal data of a deleted record',
      description: REDACT_TEXT,
    }),
  ),
  {
    name: 'hand_over',
    kind: 'action',
    binding: 'record',
    entity: DIRECTORY.user,
    parameters: {
      owner_id: is('Edm.Guid', 'The user or team that takes over'),
      dry_run: is('Edm.Boolean', 'True: it is told what would be done, and nothing is', OPTIONAL),
    },
    returns: { shape: 'hand_over_answer' },
    available: mayRead,
    summary: 'Hand over everything that the user owns',
    description:
      'Every live record that the user owns goes to another user or team in one transaction, each as by assign; all or nothing.',
  },
  ...(['record', 'collection'] as const).map(
    (binding): Operation => ({
      name: 'explain_access',
      kind: 'function',
      binding,
      parameters: {
        principal_id: is('Edm.Guid', 'About which user or team; the caller where it is left out', OPTIONAL),
      },
      returns: { shape: 'explanation' },
      available: mayRead,
      summary:
        binding === 'record' ? 'Explain who may do what with the record' : 'Explain what the roles give on the entity',
      description:
        'Answers for each privilege whether it is granted, the proof, and the smallest grants that would be enough.',
    }),
  ),
  ...(['record', 'deleted_record', 'collection'] as const).map(
    (binding): Operation => ({
      name: 'changes',
      kind: 'function',
      binding,
      parameters: {},
      list: { filter: CHANGES_FILTER },
      returns: { shape: 'change', collection: true },
      available: binding === 'deleted_record' ? mayBin : mayRead,
      summary: binding === 'collection' ? 'Changes of the records' : 'Changes of the record',
      description: 'Who changed what, newest first, a page at a time.',
    }),
  ),
  {
    ...TIMELINE,
    binding: 'record',
    returns: { shape: 'timeline_entry', collection: true },
    available: mayRead,
    summary: 'Timeline of the record',
    description:
      'Its changes, and the records that are entries in it, such as events and activities, as far as they may be read: newest first, a page at a time.',
  },
  {
    name: 'shares',
    kind: 'function',
    binding: 'record',
    parameters: {},
    list: {},
    returns: { shape: 'record_share', collection: true },
    available: mayShare,
    summary: 'With whom the record is shared',
    description:
      'The users and teams that the caller may read and that were given rights on this very record, newest first, a page at a time.',
  },
  {
    name: 'bulk',
    kind: 'action',
    binding: 'collection',
    parameters: {
      records: listOf('record', 'Records, each as the body of a single write', { most: MOST_RECORDS }),
      mode: is('Edm.String', 'create where it is left out', { ...OPTIONAL, values: ['create', 'update', 'upsert'] }),
      key: is('Edm.String', 'How records are found: id, or the name of an alternate key', OPTIONAL),
      atomic: ATOMIC,
      dry_run: is('Edm.Boolean', 'True: the same answer, and nothing is stored', OPTIONAL),
    },
    returns: { shape: 'record_results' },
    available: onEntity((caller, entity) => may('create')(caller, entity) || may('read', 'write')(caller, entity)),
    summary: 'Create and change many records',
    description:
      'Each record is written as a single request would write it; the results are in the order of the records.',
  },
];

/** What is in the recycle bin is shown to who may read and delete it. */
export function mayBin({ principal }: Caller, entity: EntityType | null): boolean {
  return entity !== null && ['read', 'delete'].every((each) => principal.access(entity.name, each as 'read').granted);
}

const SERVICE_OPERATIONS: readonly Operation[] = [
  {
    name: 'who_am_i',
    kind: 'function',
    binding: 'service',
    parameters: {},
    returns: { shape: 'caller' },
    available: () => true,
    summary: 'Who the caller is',
    description: 'The user whose rights the request has, his unit and teams, and what he may do beside records.',
  },
  {
    name: 'security_events',
    kind: 'function',
    binding: 'service',
    parameters: {},
    list: {
      filter:
        'kind, actor_id, caller_id, client, address, target_entity, target_id (eq, ne, in) and occurred_on (gt, ge, lt, le)',
    },
    returns: { shape: 'security_event', collection: true },
    available: (caller) => holds(caller, 'audit'),
    summary: 'Security events',
    description: 'What happened to sign-ins, credentials, rights and exports, newest first.',
  },
  {
    name: 'preview_role_change',
    kind: 'action',
    binding: 'service',
    parameters: {
      roles: listOf('preview_role', 'Role documents as they would be published', OPTIONAL),
      business_units: listOf('preview_business_unit', 'Units that move', OPTIONAL),
      teams: listOf('preview_team', 'Teams that move', OPTIONAL),
      users: listOf('preview_user', 'Users that move, or are enabled or disabled', OPTIONAL),
      role_assignments: is('preview_role_assignments', 'Roles given and taken', OPTIONAL),
      team_members: is('preview_team_members', 'Memberships made and ended', OPTIONAL),
      entities: listOf('Edm.String', 'Entities whose records are counted; all where it is left out', OPTIONAL),
      privileges: listOf('Edm.String', 'read where it is left out', {
        ...OPTIONAL,
        values: PRIVILEGES.filter((name) => name !== 'create'),
      }),
    },
    returns: { shape: 'preview_answer' },
    // It shows who holds what: all of both must be readable.
    available: ({ principal }) =>
      [DIRECTORY.roleAssignment, DIRECTORY.teamMember].every((name) => principal.access(name, 'read').unrestricted),
    summary: 'Preview a change of rights',
    description:
      'Tells who would gain or lose how many records if roles or the directory were changed. Nothing is changed.',
  },
];

/** All of them. */
export const OPERATIONS: readonly Operation[] = [...onRecords, ...RECORD_OPERATIONS, ...SERVICE_OPERATIONS];

/** Those that the caller may use with records of the entity, or (null) with the service. */
export function operationsFor(caller: Caller, entity: EntityType | null): readonly Operation[] {
  const own = OPERATIONS.filter(
    (operation) =>
      (operation.binding === 'service') === (entity === null) &&
      (operation.entity === undefined || operation.entity === entity?.name) &&
      operation.available(caller, entity),
  );
  const others = extensionsOf(caller.model).of(caller.model, entity);
  return [...own, ...others.map(described).filter((operation) => operation.available(caller, entity))];
}

/** An operation of an extension as those of the platform are. */
function described({ entity: _test, capability, available, run: _run, ...operation }: OperationDefinition): Operation {
  return {
    ...operation,
    extended: true,
    available: (caller, entity) => {
      if (capability !== undefined && !holds(caller, capability)) return false;
      if (available !== undefined) return available(caller, entity);
      return entity === null || may('read')(caller, entity);
    },
  };
}
