// For tests of rights: the directory entities, one entity of each ownership, and their tables as docs/architecture.md has
// them, without documents and publish. It must not be imported by product code.
import {
  checkExpression,
  type EntityType,
  type Model,
  type Navigation,
  type Ownership,
  type Property,
  parseExpression,
  type Role,
  type Scope,
  type TypedExpression,
} from '@kartoteka/metadata';

type Kind = 'uuid' | 'text' | 'bigint' | 'boolean' | 'timestamptz';

const KINDS = {
  uuid: { type: 'Edm.Guid', expression: 'guid', sql: 'uuid' },
  text: { type: 'Edm.String', expression: 'string', sql: 'text collate "und-x-icu"' },
  bigint: { type: 'Edm.Int64', expression: 'integer', sql: 'bigint' },
  boolean: { type: 'Edm.Boolean', expression: 'boolean', sql: 'boolean' },
  timestamptz: { type: 'Edm.DateTimeOffset', expression: 'datetime', sql: 'timestamptz' },
} as const;

const SYSTEM: Readonly<Record<string, Kind>> = {
  created_on: 'timestamptz',
  created_by_id: 'uuid',
  modified_on: 'timestamptz',
  modified_by_id: 'uuid',
  version: 'bigint',
};
const OWNERS: Readonly<Record<Ownership, Readonly<Record<string, Kind>>>> = {
  user: { owner_id: 'uuid', owning_business_unit_id: 'uuid' },
  business_unit: { owning_business_unit_id: 'uuid' },
  organization: {},
  parent: { owner_id: 'uuid', owning_business_unit_id: 'uuid' },
};

/** Every operator: the tests of rights do not test operators. */
const OPERATORS = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'contains', 'startswith', 'endswith']);

function property(name: string, kind: Kind, field: string | null): Property {
  return {
    name,
    field,
    type: KINDS[kind].type,
    column: name,
    sqlType: KINDS[kind].sql,
    nullable: field !== null,
    readOnly: false,
    readOnlyAfterCreate: false,
    secured: false,
    operators: OPERATORS,
  };
}

function entity(
  name: string,
  ownership: Ownership,
  fields: Readonly<Record<string, Kind>>,
  indexes: readonly string[] = [],
): EntityType {
  const system = { id: 'uuid', ...OWNERS[ownership], ...SYSTEM } satisfies Record<string, Kind>;
  const properties = [
    ...Object.entries(system).map(([key, kind]) => property(key, kind, null)),
    ...Object.entries(fields).map(([key, kind]) => property(key, kind, key)),
  ];
  return {
    name,
    set: `${name}s`,
    label: {},
    pluralLabel: {},
    ownership,
    title: 'name',
    table: name,
    fields: new Map(),
    properties: new Map(properties.map((item) => [item.name, item])),
    navigations: new Map(),
    keys: new Map(),
    indexes: new Map(indexes.map((item) => [item, { name: item, properties: [item] }])),
    rules: [],
    referencedBy: [],
    hash: name,
  };
}

/** The entity with a lookup `<field>` as its parent: over `<field>_id`, and of several targets with `<field>_type` beside it. */
function childOf(type: EntityType, field: string, targets: readonly string[]): EntityType {
  const several = targets.length > 1;
  const navigations = targets.map(
    (target): Navigation => ({
      name: several ? `${field}_${target}` : field,
      target,
      collection: false,
      property: `${field}_id`,
      partner: null,
      field,
      onDelete: 'cascade',
      ...(several ? { discriminator: { property: `${field}_type`, value: target } } : {}),
    }),
  );
  return { ...type, parent: field, navigations: new Map(navigations.map((item) => [item.name, item])) };
}

const NOTE = { on_id: 'uuid', on_type: 'text', stage: 'text', amount: 'bigint' } as const;
const REPLY = { note_id: 'uuid', stage: 'text', amount: 'bigint' } as const;
const EVENT = { contact_id: 'uuid', last_name: 'text', city: 'text' } as const;

/** The entities, with contacts and their events besides where they are wanted, and these roles. */
export function smallModel(roles: readonly Role[], contacts = false): Model {
  const list = [
    entity('user', 'business_unit', { name: 'text', active: 'boolean', stage: 'text', amount: 'bigint' }),
    entity('team', 'business_unit', { name: 'text' }),
    entity('business_unit', 'organization', { name: 'text', parent_id: 'uuid' }, ['parent_id']),
    entity('team_member', 'organization', { user_id: 'uuid', team_id: 'uuid' }, ['user_id', 'team_id']),
    entity('role_assignment', 'organization', { role: 'text', user_id: 'uuid', team_id: 'uuid' }, [
      'user_id',
      'team_id',
    ]),
    entity('deal', 'user', { stage: 'text', amount: 'bigint' }, ['stage', 'amount']),
    entity('region', 'organization', { stage: 'text', amount: 'bigint' }),
    childOf(entity('note', 'parent', NOTE, ['on_id', 'stage']), 'on', ['deal', 'user', 'region']),
    childOf(entity('reply', 'parent', REPLY, ['note_id', 'stage']), 'note', ['note']),
    ...(contacts
      ? [
          entity('contact', 'user', { last_name: 'text', city: 'text' }, ['last_name']),
          childOf(entity('event', 'parent', EVENT, ['contact_id', 'last_name']), 'contact', ['contact']),
        ]
      : []),
  ];
  return {
    revision: 0,
    entities: new Map(list.map((item) => [item.name, item])),
    sets: new Map(list.map((item) => [item.set, item])),
    choices: new Map(),
    roles: new Map(roles.map((role) => [role.name, role])),
    views: new Map(),
    forms: new Map(),
    duplicateRules: new Map(),
    assignmentRules: new Map(),
    mappings: new Map(),
    organization: {
      baseCurrency: 'EUR',
      rates: new Map([['EUR', '1']]),
      timeZone: 'UTC',
      locale: 'en',
      languages: ['en'],
      fiscalYearStart: '01-01',
      retention: { changesDays: 30, recycleBinDays: 30, securityLogDays: 30, notificationsDays: 30 },
    },
  };
}

/** A role of these grants. */
export function roleOf(name: string, grants: Role['grants'], capabilities: readonly string[] = []): Role {
  return {
    name,
    document: { name, label: {}, privileges: {} },
    grants,
    fieldPermissions: [],
    capabilities: new Set(capabilities),
  };
}

/** The condition `text` over the properties of an entity of the model. Throws when it is not valid. */
export function condition(model: Model, name: string, text: string): TypedExpression {
  const properties = model.entities.get(name)?.properties;
  const scope: Scope = {
    resolve(segments) {
      const found = properties?.get(segments.join('/'));
      if (found === undefined) return undefined;
      const kind = Object.values(KINDS).find(({ type }) => type === found.type);
      return {
        navigations: [],
        property: found.name,
        type: kind?.expression ?? 'string',
        nullable: found.nullable,
        operators: found.operators,
      };
    },
  };
  const parsed = parseExpression(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  const checked = checkExpression(parsed.expression, scope, { expects: 'boolean' });
  if (!checked.ok) throw new Error(checked.errors[0]?.message);
  return checked.expression;
}

/** Statements that create the tables of the entities, without indexes. */
export function tableStatements(model: Model): readonly string[] {
  return [...model.entities.values()].map((type) => {
    const columns = [...type.properties.values()].map(
      (item) => `"${item.column}" ${item.sqlType}${notNull(type, item)}`,
    );
    return `create table data."${type.table}" (${columns.join(', ')}, deleted_on timestamptz, delete_id uuid, primary key (id))`;
  });
}

function notNull({ ownership }: EntityType, { name }: Property): string {
  const owner = ownership === 'parent' ? [] : ['owner_id', 'owning_business_unit_id'];
  return ['id', 'version', ...owner].includes(name) ? ' not null' : '';
}

/** Statements that create the indexes of an entity, one per grant source. */
export function indexStatements(type: EntityType): readonly string[] {
  const lists = [...type.indexes.values()].map((index) => [...index.properties]);
  const sources = ['owner_id', 'owning_business_unit_id'].filter((name) => type.properties.has(name));
  const bySource = sources.flatMap((source) => [[source], ...lists.map((list) => [source, ...list])]);
  const parents = [...new Set([...type.navigations.values()].map(({ property }) => property))];
  const statement = (list: readonly string[], include: readonly string[]): string => {
    const keys = [...list, 'id'].map((column) => `${column} nulls first`);
    const carried = include.length === 0 ? '' : ` include (${include.join(', ')})`;
    return `create index on data."${type.table}" (${keys.join(', ')})${carried} where deleted_on is null`;
  };
  return [
    ...lists.map((list) =>
      statement(
        list,
        parents.filter((name) => !list.includes(name)),
      ),
    ),
    ...bySource.map((list) => statement(list, [])),
  ];
}
