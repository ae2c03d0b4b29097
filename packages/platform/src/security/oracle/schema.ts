// The entities of the oracle's worlds: one of each ownership, and lookups of each behaviour. Data only.

export type Ownership = 'user' | 'business_unit' | 'organization' | 'parent';

export interface LookupSchema {
  readonly targets: readonly string[];
  /** Name of the collection on each target. */
  readonly inverse: string;
  readonly onDelete: 'restrict' | 'set_null' | 'cascade';
  /** Which of the records that hold the lookup go along when the owner of the target changes. */
  readonly assign: 'none' | 'active' | 'owned' | 'all';
  /** Shares of the target count for the record that holds the lookup. */
  readonly sharesExtend: boolean;
}

export interface RollupSchema {
  readonly relation: string;
  readonly aggregate: 'count' | 'sum';
  /** What is summed up. */
  readonly field: string | null;
  readonly filter: string | null;
}

export interface EntitySchema {
  readonly set: string;
  readonly ownership: Ownership;
  /** The lookup that decides the owner. */
  readonly parent: string | null;
  readonly secured: boolean;
  readonly lookups: Readonly<Record<string, LookupSchema>>;
  /** Sums over the records of a collection that the reader may read. */
  readonly rollups: Readonly<Record<string, RollupSchema>>;
  /** Many-to-many relations declared here. */
  readonly many: Readonly<Record<string, { readonly target: string; readonly inverse: string }>>;
}

const plain: Omit<LookupSchema, 'targets' | 'inverse'> = { onDelete: 'set_null', assign: 'none', sharesExtend: false };
const parent: Omit<LookupSchema, 'targets' | 'inverse'> = { onDelete: 'cascade', assign: 'none', sharesExtend: true };
const nothing = { parent: null, secured: false, lookups: {}, many: {}, rollups: {} } as const;

/** What a lookup leads to stands before what holds it. */
export const SCHEMA: Readonly<Record<string, EntitySchema>> = {
  topic: { ...nothing, set: 'topics', ownership: 'organization' },
  site: {
    ...nothing,
    set: 'sites',
    ownership: 'business_unit',
    lookups: { above: { ...plain, targets: ['site'], inverse: 'below', assign: 'all' } },
  },
  account: {
    ...nothing,
    set: 'accounts',
    ownership: 'user',
    secured: true,
    lookups: { boss: { ...plain, targets: ['account'], inverse: 'subsidiaries' } },
    many: { topics: { target: 'topic', inverse: 'accounts' } },
    rollups: {
      order_count: { relation: 'orders', aggregate: 'count', field: null, filter: null },
      order_sum: { relation: 'orders', aggregate: 'sum', field: 'amount', filter: "stage ne 'lost'" },
    },
  },
  order: {
    ...nothing,
    set: 'orders',
    ownership: 'user',
    secured: true,
    lookups: {
      account: {
        targets: ['account'],
        inverse: 'orders',
        onDelete: 'restrict',
        assign: 'owned',
        sharesExtend: true,
      },
      site: { ...plain, targets: ['site'], inverse: 'orders' },
    },
    many: { watchers: { target: 'account', inverse: 'watched' } },
    rollups: { note_count: { relation: 'notes', aggregate: 'count', field: null, filter: "stage eq 'open'" } },
  },
  task: {
    ...nothing,
    set: 'tasks',
    ownership: 'user',
    lookups: {
      order: { targets: ['order'], inverse: 'tasks', onDelete: 'cascade', assign: 'active', sharesExtend: false },
      about: { ...plain, targets: ['account', 'site', 'topic'], inverse: 'tasks' },
    },
  },
  visit: {
    ...nothing,
    set: 'visits',
    ownership: 'parent',
    parent: 'site',
    lookups: { site: { ...parent, targets: ['site'], inverse: 'visits' } },
  },
  note: {
    ...nothing,
    set: 'notes',
    ownership: 'parent',
    parent: 'on',
    lookups: { on: { ...parent, targets: ['account', 'order', 'site', 'topic'], inverse: 'notes' } },
  },
  reply: {
    ...nothing,
    set: 'replies',
    ownership: 'parent',
    parent: 'note',
    lookups: { note: { ...parent, targets: ['note'], inverse: 'replies' } },
  },
  user: { ...nothing, set: 'users', ownership: 'business_unit' },
  team: { ...nothing, set: 'teams', ownership: 'business_unit' },
  business_unit: { ...nothing, set: 'business_units', ownership: 'organization' },
};

/** Entities whose records are the world's users, teams and units. */
export const DIRECTORY: readonly string[] = ['user', 'team', 'business_unit'];
/** The others. */
export const RECORDS = Object.keys(SCHEMA).filter((name) => !DIRECTORY.includes(name));

/** Values of the field `stage`; won and lost close a record. */
export const STAGES = ['open', 'won', 'lost'] as const;
export const CLOSED: readonly (string | null)[] = ['won', 'lost'];

export function schemaOf(entity: string): EntitySchema {
  const found = SCHEMA[entity];
  if (found === undefined) throw new Error(`the oracle knows no entity ${entity}`);
  return found;
}

/** Lookups that lead to records of an entity, with the entities that hold them. */
export function lookupsTo(entity: string): { readonly child: string; readonly field: string; lookup: LookupSchema }[] {
  return Object.entries(SCHEMA).flatMap(([child, { lookups }]) =>
    Object.entries(lookups).flatMap(([field, lookup]) =>
      lookup.targets.includes(entity) ? [{ child, field, lookup }] : [],
    ),
  );
}

/** The many-to-many relation behind a collection of an entity; `forward` where the entity declares it. */
export function relationOf(
  entity: string,
  collection: string,
): { readonly entity: string; readonly field: string; readonly target: string; readonly forward: boolean } | null {
  const own = schemaOf(entity).many[collection];
  if (own !== undefined) return { entity, field: collection, target: own.target, forward: true };
  for (const [other, { many }] of Object.entries(SCHEMA)) {
    for (const [field, { target, inverse }] of Object.entries(many)) {
      if (target === entity && inverse === collection) return { entity: other, field, target: other, forward: false };
    }
  }
  return null;
}
