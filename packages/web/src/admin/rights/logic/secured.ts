// What a role permits with secured fields, and its capabilities: as the linker reads them, and the changes that bring them to what is wanted.
// A layer can add to what lower ones permit and put other rights in their place, and cannot take a field out: that is refused here. Pure.
import type { Change } from '../../model/logic/edit.ts';
import { belowOf, effectiveOf, type LayeredDocument } from '../../model/logic/layered.ts';
import { isObject, type Json, same, valueAt } from '../../model/logic/paths.ts';
import { edited } from './edited.ts';

export const FIELD_RIGHTS = ['read', 'create', 'update'] as const;
export type FieldRight = (typeof FIELD_RIGHTS)[number];
type Rights = readonly FieldRight[];

const EVERY = '*';

const rowOf = (body: Json | null, entity: string): Json | undefined => {
  const row = valueAt(body, ['fields', entity]);
  return isObject(row) ? row : undefined;
};

/** Rights on a secured field: of the entity's own row, else of the row `*`; of the field, else of all fields. */
export function fieldRightsOf(body: Json | null, entity: string, field: string): Rights {
  const row = rowOf(body, entity) ?? rowOf(body, EVERY) ?? {};
  const rights = Object.hasOwn(row, field) ? row[field] : row[EVERY];
  return Array.isArray(rights) ? FIELD_RIGHTS.filter((right) => rights.includes(right)) : [];
}

/** With a right more or less; update needs read, so they come and go together. */
export function toggled(rights: Rights, right: FieldRight, given: boolean): Rights {
  const wanted = new Set<FieldRight>(rights);
  if (given) wanted.add(right);
  else wanted.delete(right);
  if (given && right === 'update') wanted.add('read');
  if (!given && right === 'read') wanted.delete('update');
  return FIELD_RIGHTS.filter((each) => wanted.has(each));
}

/**
 * Changes by which the role permits `rights` with a field, and the same as before with the entity's other secured fields. Null: the custom
 * layer cannot say so, because a lower one permits more for all fields.
 */
export function fieldChanges(
  document: LayeredDocument,
  entity: string,
  field: string,
  rights: Rights,
  securedFields: readonly string[],
): readonly Change[] | null {
  const body = effectiveOf(document);
  const wanted = new Map(
    securedFields.map((each) => [each, each === field ? rights : fieldRightsOf(body, entity, each)]),
  );
  for (const changes of [oneField(document, entity, field, rights), everyField(wanted, document, entity)]) {
    const after = effectiveOf(edited(document, changes));
    const holds = [...wanted].every(([name, is]) => same(fieldRightsOf(after, entity, name), is));
    if (holds) return changes;
  }
  return null;
}

function oneField(document: LayeredDocument, entity: string, field: string, rights: Rights): readonly Change[] {
  const way = ['fields', entity, field];
  const isBelow = same(valueAt(belowOf(document), way), rights);
  return [{ way, value: rights.length === 0 || isBelow ? undefined : rights }];
}

/** The row says every field by its name, and nothing of all fields. */
function everyField(wanted: ReadonlyMap<string, Rights>, document: LayeredDocument, entity: string): readonly Change[] {
  const fields = [...wanted].flatMap(([name, rights]) => oneField(document, entity, name, rights));
  return [{ way: ['fields', entity, EVERY], value: undefined }, ...fields];
}

/** Capabilities that the role gives. */
export function capabilitiesOf(body: Json | null): readonly string[] {
  const given = valueAt(body, ['capabilities']);
  return Array.isArray(given) ? given.map(String) : [];
}

/** A list of a layer takes the place of a lower one's. */
export function capabilityChanges(document: LayeredDocument, capability: string, given: boolean): readonly Change[] {
  const present = capabilitiesOf(effectiveOf(document)).filter((each) => each !== capability);
  const wanted = given ? [...present, capability] : present;
  const way = ['capabilities'];
  const below = valueAt(belowOf(document), way);
  const isBelow = Array.isArray(below) && same([...below].sort(), [...wanted].sort());
  return [{ way, value: isBelow ? undefined : wanted }];
}
