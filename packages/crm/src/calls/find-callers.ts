// Whose telephone number it is: the records with fields of telephone numbers to which an event can refer. It asks as the caller,
// one list per entity, and judges no right.
import { canonicalValue, type EntityType, type Model } from '@kartoteka/metadata';
import { type Engine, PlatformError } from '@kartoteka/platform';
import { eventTargets } from '../history/event-targets.ts';

export interface Caller {
  readonly entity: string;
  readonly set: string;
  readonly id: string;
  readonly title: string | null;
}

/** Of one entity; more than these have no use at a ringing telephone. */
export const MOST_CALLERS = 10;

/** Who is known better comes first; what has no place here follows in the order of the lookup. */
const RANK = ['contact', 'lead', 'company'];

/** What is of no use to somebody who is called: a lead lives on in the records that it became. */
const ENDED: Readonly<Record<string, string>> = { lead: "status ne 'converted'" };

const E164 = /^\+[1-9]\d{6,14}$/;

/** Records that have the number, those of one person first; within an entity the one that was changed last. */
export async function findCallers(engine: Engine, model: Model, number: string): Promise<readonly Caller[]> {
  const found: Caller[] = [];
  for (const entity of reachable(model)) found.push(...(await callersOf(engine, entity, number)));
  return found;
}

/** Entities that the history of calls can be about, and which have telephone numbers. */
function reachable(model: Model): readonly EntityType[] {
  const rank = (name: string) => (RANK.includes(name) ? RANK.indexOf(name) : RANK.length);
  return eventTargets(model)
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap((name) => model.entities.get(name) ?? [])
    .filter((entity) => phones(entity).length > 0);
}

function phones(entity: EntityType): readonly string[] {
  return [...entity.fields.values()]
    .filter(({ document }) => document.type === 'phone')
    .flatMap(({ properties }) => properties);
}

async function callersOf(engine: Engine, entity: EntityType, number: string): Promise<readonly Caller[]> {
  const tests = phones(entity).flatMap((name) => {
    const form = numberFor(entity, name, number);
    return form === null ? [] : [`${name} eq '${form}'`];
  });
  if (tests.length === 0) return [];
  const together = await ask(engine, entity, tests);
  if (together !== null) return together;
  // Some of the fields are not his to see: those that are find what they can.
  const found = new Map<string, Caller>();
  for (const test of tests)
    for (const caller of (await ask(engine, entity, [test])) ?? []) found.set(caller.id, caller);
  return [...found.values()].slice(0, MOST_CALLERS);
}

/** Null where the caller may not ask this. */
async function ask(engine: Engine, entity: EntityType, tests: readonly string[]): Promise<readonly Caller[] | null> {
  const ended = entity.properties.has('status') ? ENDED[entity.name] : undefined;
  const filter = `(${tests.join(' or ')})${ended === undefined ? '' : ` and ${ended}`}`;
  const title = entity.title;
  const query = `$select=id,${title}&$orderby=modified_on desc,id&$top=${MOST_CALLERS}&$filter=${encodeURIComponent(filter)}`;
  try {
    const { value } = await engine.get(`/${entity.set}?${query}`);
    return value.map((row: Readonly<Record<string, unknown>>) => ({
      ...{ entity: entity.name, set: entity.set, id: String(row.id) },
      title: typeof row[title] === 'string' ? row[title] : null,
    }));
  } catch (error) {
    if (error instanceof PlatformError && NOT_HIS.has(error.code)) return null;
    throw error;
  }
}

const NOT_HIS: ReadonlySet<string> = new Set(['missing_privilege', 'secured_property']);

/** The number as the field stores it. Exchanges leave out the plus sign of numbers that have their country code. */
function numberFor(entity: EntityType, name: string, number: string): string | null {
  const property = entity.properties.get(name);
  if (property === undefined) return null;
  const forms = [number, `+${number.replace(/\D/g, '')}`].map((form) => canonicalValue(property, form));
  return forms.find((form) => form !== null && E164.test(form)) ?? null;
}
