// The oracle's schema and roles as documents of the product, and the Model of them. It must not be imported by product code.
import { readFileSync } from 'node:fs';
import { linkModel, type Model, parseDocuments, type SourceDocument } from '@kartoteka/metadata';
import { type EntitySchema, type LookupSchema, type RollupSchema, SCHEMA, STAGES } from '../oracle/schema.ts';
import type { Role } from '../oracle/world.ts';

const DIRECTORY = ['user', 'team', 'business_unit', 'team_member', 'role_assignment'];
const ROOT = new URL('../../../../../metadata/', import.meta.url);
const shipped = (path: string): unknown => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'));
const label = (en: string) => ({ en });

function document(kind: SourceDocument['kind'], name: string, body: unknown): SourceDocument {
  return { kind, name, layer: 'base', source: `${name}.json`, body };
}

function entityDocument(name: string, schema: EntitySchema): SourceDocument {
  const { set, ownership, parent, secured, lookups, many, rollups } = schema;
  const stages = STAGES.map((stage, order) => [stage, { label: label(stage), order, category: stage }]);
  const fields = {
    name: { type: 'text', max_length: 100, search: true },
    stage: { type: 'choice', values: Object.fromEntries(stages) },
    amount: { type: 'integer' },
    ...(secured ? { secret: { type: 'text', max_length: 100, secured: true } } : {}),
    ...Object.fromEntries(
      Object.entries(lookups).map(([field, lookup]) => [field, lookupField(lookup, field === parent)]),
    ),
    ...Object.fromEntries(Object.entries(rollups).map(([field, rollup]) => [field, rollupField(rollup)])),
    ...Object.fromEntries(Object.entries(many).map(([field, relation]) => [field, { type: 'many', ...relation }])),
  };
  const base = { name, set, label: label(name), plural_label: label(set), ownership, title: 'name', fields };
  const indexes = { by_amount: ['amount'] };
  return document('entity', name, { ...base, indexes, ...(parent === null ? {} : { parent }) });
}

function rollupField({ relation, aggregate, field, filter }: RollupSchema): object {
  const summed = field === null ? {} : { field };
  return { type: 'rollup', relation, aggregate, ...summed, ...(filter === null ? {} : { filter }) };
}

function lookupField({ targets, inverse, onDelete, assign, sharesExtend }: LookupSchema, isParent: boolean): object {
  const plain = { type: 'lookup', targets, inverse, on_delete: onDelete };
  if (isParent) return { ...plain, required: true };
  const cascade = {
    ...(assign === 'none' ? {} : { assign }),
    ...(sharesExtend ? { share: 'probe' } : {}),
  };
  return Object.keys(cascade).length === 0 ? plain : { ...plain, cascade };
}

function roleDocument({ name, grants, fields, capabilities }: Role): SourceDocument {
  const privileges: Record<string, Record<string, object>> = {};
  for (const { entity, privilege, depth, when } of grants) {
    const held = privileges[entity] ?? {};
    privileges[entity] = held;
    held[privilege] = { depth, ...(when === null ? {} : { when }) };
  }
  const secured = fields.map(({ entity, rights }) => [entity, { secret: rights }]);
  return document('role', name, {
    ...{ name, label: label(name), privileges, capabilities },
    fields: Object.fromEntries(secured),
  });
}

const STANDING: readonly SourceDocument[] = [
  document('organization', 'organization', shipped('organization.json')),
  ...DIRECTORY.map((name) => document('entity', name, shipped(`entities/${name}.json`))),
  ...Object.entries(SCHEMA).flatMap(([name, schema]) =>
    DIRECTORY.includes(name) ? [] : [entityDocument(name, schema)],
  ),
];

/** The Model of the oracle's entities with these roles. Throws with all findings when a document is not valid. */
export function modelWith(roles: readonly Role[]): Model {
  const parsed = parseDocuments([...STANDING, ...roles.map(roleDocument)]);
  if (parsed.errors.length > 0) throw new Error(JSON.stringify(parsed.errors, null, 1));
  const linked = linkModel(parsed.documents, { revision: 1 });
  if (!linked.ok) throw new Error(JSON.stringify(linked.errors, null, 1));
  return linked.model;
}
