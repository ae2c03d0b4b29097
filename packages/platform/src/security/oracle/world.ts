// A world of the oracle as plain JSON: who there is, what they hold, and which records there are. It holds data only, and like
// everything in this folder imports nothing of the product.

export const PRIVILEGES = ['create', 'read', 'write', 'delete', 'append', 'append_to', 'assign', 'share'] as const;
export type Privilege = (typeof PRIVILEGES)[number];
/** What a share may give. */
export type Right = Exclude<Privilege, 'create'>;
export type Depth = 'user' | 'business_unit' | 'parent_child' | 'organization';

export interface Grant {
  readonly entity: string;
  readonly privilege: Privilege;
  readonly depth: Depth;
  /** Text of the condition on the record's own fields; null: none. */
  readonly when: string | null;
}

export interface Role {
  readonly name: string;
  readonly grants: readonly Grant[];
  /** Entities whose secured field the role permits, with the rights. */
  readonly fields: readonly { readonly entity: string; readonly rights: readonly FieldRight[] }[];
  readonly capabilities: readonly string[];
}

export type FieldRight = 'read' | 'create' | 'update';

/** What a lookup names. */
export interface Target {
  readonly entity: string;
  readonly id: string;
}

export interface Stored {
  readonly entity: string;
  readonly id: string;
  /** Of ownership `user`: a user or team. */
  readonly owner: string | null;
  /** Of ownership `business_unit`. */
  readonly unit: string | null;
  readonly creator: string;
  readonly name: string;
  readonly stage: string | null;
  readonly amount: number | null;
  /** The secured field, where the entity has it. */
  readonly secret: string | null;
  readonly lookups: Readonly<Record<string, Target | null>>;
  /** In the recycle bin: which delete took it there. */
  readonly deleted: string | null;
}

export interface Share {
  readonly entity: string;
  readonly record: string;
  readonly principal: string;
  readonly rights: readonly Right[];
}

/** A pair of a many-to-many relation, named by the entity and the field that declare it. */
export interface Link {
  readonly entity: string;
  readonly field: string;
  readonly own: string;
  readonly other: string;
}

export interface World {
  readonly units: readonly { readonly id: string; readonly parent: string | null }[];
  readonly users: readonly { readonly id: string; readonly unit: string; readonly active: boolean }[];
  readonly teams: readonly { readonly id: string; readonly unit: string; readonly deleted: boolean }[];
  readonly members: readonly { readonly user: string; readonly team: string }[];
  readonly roles: readonly Role[];
  readonly assignments: readonly { readonly holder: string; readonly role: string }[];
  readonly records: readonly Stored[];
  readonly shares: readonly Share[];
  readonly links: readonly Link[];
}

/** Who asks: a user, or one acting as another, who may do what each of the two may. */
export type Asker = string | { readonly user: string; readonly caller: string };

/** The user whose records new ones are, and for whom functions like `me()` of a query stand. */
export const userOf = (me: Asker): string => (typeof me === 'string' ? me : me.user);

/** All who must hold what is done. */
export const holdersOf = (me: Asker): readonly string[] => (typeof me === 'string' ? [me] : [me.user, me.caller]);
