// The documents of the matrix of secured fields: what ships, and an entity with a secured field of every type that can be secured,
// among them a lookup, parts of keys, and what is computed from them; entities around it that lead there.
import { type EntityType, FIELD_TYPES, type Model, type Property, type SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { entityDocument, linked, roleDocument } from './documents.ts';

const METADATA = new URL('../../metadata', import.meta.url).pathname;
const name = { type: 'text', required: true, max_length: 100, search: true };
const EVERYTHING = { '*': { '*': 'organization' } };

/** Holds every privilege and no permission on a secured field; holds both. */
export const BLIND = 'blind';
export const SEEING = 'seeing';

/** Types whose field is secured by what it is computed from, or that hold no value of their own. */
const BY_THEMSELVES = new Set(['formula', 'rollup', 'many']);

/** A secured field of each type that has values, by the type's name. */
const SECURED_FIELDS = Object.fromEntries(
  [...FIELD_TYPES.values()]
    .filter((type) => !BY_THEMSELVES.has(type.name))
    .map((type) => [`s_${type.name}`, { ...type.examples[0]?.field, secured: true }]),
);

const ENTITIES: readonly SourceDocument[] = [
  entityDocument('vault', {
    ownership: 'user',
    fields: {
      name,
      shelf: { type: 'text' },
      holder: { type: 'lookup', targets: ['holder'], inverse: 'vaults', on_delete: 'set_null' },
      ...SECURED_FIELDS,
      s_lookup: { type: 'lookup', targets: ['holder'], inverse: 'secret_vaults', on_delete: 'set_null', secured: true },
      s_formula: { type: 'formula', result: 'integer', expression: 's_integer add 1' },
      s_text_key: { type: 'text', unique: true, secured: true },
    },
    keys: { shelf_date: ['shelf', 's_date'], secret: ['s_email'] },
  }),
  entityDocument('holder', {
    ownership: 'organization',
    fields: {
      name,
      s_rollup: { type: 'rollup', relation: 'vaults', aggregate: 'max', field: 's_integer' },
      s_counted: { type: 'rollup', relation: 'vaults', aggregate: 'count', filter: 's_integer gt 5' },
      s_through: { type: 'rollup', relation: 'secret_vaults', aggregate: 'count' },
    },
  }),
  entityDocument('visitor', {
    ownership: 'organization',
    fields: { name, vault: { type: 'lookup', targets: ['vault'], inverse: 'visitors', on_delete: 'set_null' } },
  }),
  roleDocument(BLIND, EVERYTHING, { capabilities: ['export', 'import'] }),
  roleDocument(SEEING, EVERYTHING, {
    capabilities: ['export', 'import'],
    fields: { '*': { '*': ['read', 'create', 'update'] } },
  }),
];

export async function securedDocuments(): Promise<readonly SourceDocument[]> {
  return [...(await readDocumentFolder(METADATA)), ...ENTITIES];
}

export interface Secured {
  readonly entity: EntityType;
  readonly property: Property;
}

/** Every secured property of the Model. */
export function securedProperties(model: Model): readonly Secured[] {
  return [...model.entities.values()].flatMap((entity) =>
    [...entity.properties.values()].filter(({ secured }) => secured).map((property) => ({ entity, property })),
  );
}

/** Field types of which a secured property is in the Model. */
export function coveredTypes(model: Model): ReadonlySet<string> {
  return new Set(
    securedProperties(model).map(({ entity, property }) => entity.fields.get(property.field ?? '')?.type ?? ''),
  );
}

export const modelOf = (documents: readonly SourceDocument[]): Model => linked(documents);
