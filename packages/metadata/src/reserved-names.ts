// Names that a document may not use, each with the reason. Tables of data and two questions over them.

/** Properties the compiler adds; a field may not be called like one, nor own a property of that name. */
export const SYSTEM_PROPERTIES: ReadonlySet<string> = new Set([
  ...['id', 'owner_id', 'owning_business_unit_id', 'created_on', 'created_by_id', 'modified_on', 'modified_by_id'],
  'version',
]);

/** Columns of every table, and properties of the recycle bin, that are no properties of a live record. */
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(['deleted_on', 'delete_id', 'deleted_by_id']);

/** Navigations the compiler adds (over owner_id and the like). */
export const SYSTEM_NAVIGATIONS: ReadonlySet<string> = new Set([
  ...['owner', 'owning_user', 'owning_team', 'owning_business_unit', 'created_by', 'modified_by', 'deleted_by'],
]);

/** What the service answers under a record's path. */
const RECORD_RESOURCES: ReadonlySet<string> = new Set([
  ...['changes', 'explain_access', 'shares', 'timeline'],
  ...['assign', 'share', 'modify', 'revoke', 'restore', 'redact', 'hand_over'],
]);

/** What the service answers beside the entity sets (matched without case). */
const ROOT_RESOURCES: ReadonlySet<string> = new Set([
  ...['security_events', 'preview_role_change', 'metadata', 'who_am_i'],
]);

/** Columns PostgreSQL gives every table. */
const POSTGRES_COLUMNS: ReadonlySet<string> = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

/** Members that every JavaScript object has (matched without case): a record keyed by one misbehaves. */
const JAVASCRIPT_NAMES: ReadonlySet<string> = new Set(
  [...Object.getOwnPropertyNames(Object.prototype), 'prototype'].map((name) => name.toLowerCase()),
);

/** Words of the expression language: a path of that name could not be written. */
const EXPRESSION_WORDS: ReadonlySet<string> = new Set([
  ...['null', 'true', 'false', 'and', 'or', 'not', 'in', 'has', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'],
  ...['add', 'sub', 'mul', 'div', 'divby', 'mod', 'asc', 'desc', 'any', 'all', 'inf', 'nan'],
]);

/** Why a field, or a property or navigation it makes, may not have the name; undefined when it may. */
export function reservedFieldName(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (SYSTEM_PROPERTIES.has(lower) || SYSTEM_COLUMNS.has(lower)) return `${name} is a system property of every record`;
  if (SYSTEM_NAVIGATIONS.has(lower)) return `${name} is a system navigation`;
  if (RECORD_RESOURCES.has(lower)) return `${name} is what the service answers under the path of every record`;
  if (POSTGRES_COLUMNS.has(lower)) return `${name} is a column PostgreSQL gives every table`;
  if (EXPRESSION_WORDS.has(lower)) return `${name} is a word of the expression language`;
  return reservedName(name);
}

/** Why no entity may have the set; undefined when one may. */
export function reservedSet(set: string): string | undefined {
  return ROOT_RESOURCES.has(set.toLowerCase())
    ? `${set} is what the service answers beside the entity sets`
    : undefined;
}

/** Why no document or member of one may have the name; undefined when it may. */
export function reservedName(name: string): string | undefined {
  return JAVASCRIPT_NAMES.has(name.toLowerCase()) ? `${name} is a name every JavaScript object has` : undefined;
}
