// The part of the Model that says how records lead to each other: navigations, where links are stored, and what follows a change.
// Types only; link-navigations.ts and link-associations.ts make them.

export type OnDelete = 'restrict' | 'set_null' | 'cascade';

/** What else than its deletion a lookup passes on from the record that it names. */
export interface Cascading {
  /** Which records follow when its owner changes: those not closed, those that its former owner owns, or all. */
  readonly assign?: 'active' | 'owned' | 'all';
  /** Its shares count for the records that refer to it. */
  readonly share?: true;
}

/** Of a lookup with several targets: its reference leads to the entity named `value` where `property` has that value. */
export interface Discriminator {
  readonly property: string;
  readonly value: string;
}

/** Table that holds the links of a many-to-many relation: two columns, each pair once, no properties. */
export interface Junction {
  readonly table: string;
  /** Column of the record that has the navigation, and of those it leads to. */
  readonly own: string;
  readonly other: string;
  /** Whether links leave a trace in the change log. */
  readonly audit: boolean;
}

/** Entity whose records are the links of a many-to-many relation. */
export interface LinkRecords {
  readonly entity: string;
  /** Its property that holds the record that has the navigation, and the one for those it leads to. */
  readonly own: string;
  readonly other: string;
  /** Where these are lookups with several targets. */
  readonly discriminators: readonly Discriminator[];
}

/** A way from one entity type to another. To-one: `property` is on this entity. To-many: `property` is on the target. */
export interface Navigation {
  readonly name: string;
  readonly target: string;
  readonly collection: boolean;
  /** Property that holds the target's id (to-one: of this entity; to-many: of the target entity; many-to-many: `id`). */
  readonly property: string;
  /** Name of the opposite navigation, if it has one. */
  readonly partner: string | null;
  /** Lookup field this navigation comes from (on whichever side it stands); null for system navigations. */
  readonly field: string | null;
  readonly onDelete: OnDelete;
  /** Of a lookup with several targets: holds only where it says so. Its property stands beside `property`. */
  readonly discriminator?: Discriminator;
  /** To-one, of a lookup that passes something on. */
  readonly cascade?: Cascading;
  /** Many-to-many: where the links are, one of the two. */
  readonly junction?: Junction;
  readonly through?: LinkRecords;
}

/** A lookup of other records to an entity, for what on_delete does. */
export interface Reference {
  readonly entity: string;
  readonly property: string;
  readonly onDelete: OnDelete;
  readonly discriminator?: Discriminator;
}
