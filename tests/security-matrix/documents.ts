// The documents of the matrix: what ships, an entity of each kind of ownership, an entity with a lookup and a link to every other
// one, and the roles: one per entity, privilege and depth. All of it comes from the Model; nothing is listed by hand.
import {
  compileDocuments,
  type Depth,
  type EntityType,
  type Model,
  type Ownership,
  PRIVILEGES,
  type Privilege,
  type SourceDocument,
} from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import type { Held } from './places.ts';

const METADATA = new URL('../../metadata', import.meta.url).pathname;
const label = { en: 'L' };

/** Refers to every other entity, so that each is led to by a lookup and by a many-to-many relation. */
export const POINTER = 'pointer';
/** Gives its holder nothing. */
export const NOTHING = 'nothing';
/** Lets its holder own records of every entity, and see none by it. */
export const OWNS = 'owns';
const NEVER = "id eq '00000000-0000-0000-0000-000000000000'";

export const entityDocument = (name: string, body: object): SourceDocument => ({
  kind: 'entity',
  name,
  layer: 'base',
  source: name,
  body: { name, set: `${name}s`, label, plural_label: label, title: 'name', ...body },
});

export const roleDocument = (name: string, privileges: object, more: object = {}): SourceDocument => ({
  kind: 'role',
  name,
  layer: 'base',
  source: name,
  body: { name, label, privileges, ...more },
});

const name = { type: 'text', required: true, max_length: 100, search: true };
const OF_EACH_OWNERSHIP: readonly SourceDocument[] = [
  entityDocument('owned_by_user', { ownership: 'user', fields: { name } }),
  entityDocument('owned_by_unit', { ownership: 'business_unit', fields: { name } }),
  entityDocument('owned_by_all', { ownership: 'organization', fields: { name } }),
  entityDocument('owned_by_parent', {
    ownership: 'parent',
    parent: 'above',
    fields: {
      name,
      above: { type: 'lookup', targets: ['owned_by_user'], inverse: 'below', required: true, on_delete: 'cascade' },
    },
  }),
];

/** Depths that mean something for an ownership, and privileges that mean nothing (3-security). */
const DEPTHS: Readonly<Record<Ownership, readonly Depth[]>> = {
  user: ['none', 'user', 'business_unit', 'parent_child', 'organization'],
  parent: ['none', 'user', 'business_unit', 'parent_child', 'organization'],
  business_unit: ['none', 'business_unit', 'parent_child', 'organization'],
  organization: ['none', 'organization'],
};
const NOT_APPLICABLE: Readonly<Record<Ownership, readonly Privilege[]>> = {
  user: [],
  parent: ['assign'],
  business_unit: [],
  organization: ['assign', 'share'],
};

/** Depths that a role of a team is played at: where it matters who holds it. */
const OF_TEAMS: Readonly<Record<Ownership, readonly Depth[]>> = {
  user: ['user', 'business_unit'],
  parent: ['user', 'business_unit'],
  business_unit: ['business_unit'],
  organization: ['organization'],
};

/** What a conditional privilege is for: records of the actor's unit, or of those that belong to nobody none. */
const CONDITIONS: Readonly<Record<Ownership, string>> = {
  user: 'owning_business_unit_id eq my_business_unit()',
  parent: 'owning_business_unit_id eq my_business_unit()',
  business_unit: 'owning_business_unit_id eq my_business_unit()',
  organization: 'created_on lt 2000-01-01T00:00:00Z',
};

/** Every privilege on one entity for the organization, but one of them at this depth, or held otherwise. */
export interface Grade extends Held {
  readonly entity: EntityType;
}

export const roleOf = ({ entity, privilege, depth, holding }: Grade): string =>
  `${entity.name}_${privilege}_${depth}_${holding}`;
export const othersOf = (entity: EntityType): string => `others_of_${entity.name}`;

/** Privileges that records of the entity know. */
export const privilegesOf = ({ ownership }: EntityType): readonly Privilege[] =>
  PRIVILEGES.filter((privilege) => !NOT_APPLICABLE[ownership].includes(privilege));

export const gradesOf = (entity: EntityType): readonly Grade[] =>
  privilegesOf(entity).flatMap((privilege): readonly Grade[] => [
    ...DEPTHS[entity.ownership].map((depth) => ({ entity, privilege, depth, holding: 'own' as const })),
    ...OF_TEAMS[entity.ownership].map((depth) => ({ entity, privilege, depth, holding: 'team' as const })),
    { entity, privilege, depth: 'organization', holding: 'conditional' },
  ]);

export interface MatrixDocuments {
  readonly documents: readonly SourceDocument[];
  /** Every entity that the matrix drives. */
  readonly entities: readonly string[];
}

/** Everything that ships, with what the matrix adds. */
export async function matrixDocuments(): Promise<MatrixDocuments> {
  const entities = [...(await readDocumentFolder(METADATA)), ...OF_EACH_OWNERSHIP];
  const names = [...linked(entities).entities.keys()];
  const documents = [...entities, pointer(names)];
  const model = linked(documents);
  const driven = names.map((each) => model.entities.get(each) as EntityType);
  const roles = [
    roleDocument(NOTHING, {}),
    roleDocument(OWNS, { '*': { read: { depth: 'user', when: NEVER } } }),
    ...driven.flatMap((entity) => [othersRole(entity), ...gradesOf(entity).map(gradeRole)]),
  ];
  return { documents: [...documents, ...roles], entities: names };
}

/** A lookup and a many-to-many relation to each of the entities. */
function pointer(names: readonly string[]): SourceDocument {
  const fields = names.flatMap((target) => [
    [`to_${target}`, { type: 'lookup', targets: [target], inverse: `pointers_to`, on_delete: 'set_null' }],
    [`many_${target}`, { type: 'many', target, inverse: 'linked_pointers' }],
  ]);
  return entityDocument(POINTER, { ownership: 'organization', fields: { name, ...Object.fromEntries(fields) } });
}

/** Everything on every entity but one. */
function othersRole(entity: EntityType): SourceDocument {
  const privileges = { '*': { '*': 'organization' }, [entity.name]: { read: 'none' } };
  return roleDocument(othersOf(entity), privileges, { fields: { '*': { '*': ['read', 'create', 'update'] } } });
}

function gradeRole(grade: Grade): SourceDocument {
  const when = CONDITIONS[grade.entity.ownership];
  const held = grade.holding === 'conditional' ? { depth: grade.depth, when } : grade.depth;
  const privileges = Object.fromEntries(
    privilegesOf(grade.entity).map((each) => [each, each === grade.privilege ? held : 'organization']),
  );
  return roleDocument(roleOf(grade), { [grade.entity.name]: privileges }, { capabilities: ['export'] });
}

/** The Model of the documents. Throws what is wrong with them. */
export function linked(documents: readonly SourceDocument[]): Model {
  const result = compileDocuments(documents, { revision: 1 });
  if (!result.ok) throw new Error(JSON.stringify(result.errors, null, 1));
  return result.model;
}
