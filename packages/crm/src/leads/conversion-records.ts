// The records that a lead becomes: new ones made by the mapping, existing ones with what they lack. Every write but that of what the
// caller may not see is a request of the caller.
import { randomUUIDv7 } from 'node:crypto';
import {
  type EntityType,
  type FieldRight,
  type Model,
  matchesExpression,
  type StoredValue,
  storedValue,
} from '@kartoteka/metadata';
import {
  activeMapping,
  evaluationContext,
  type MappedValues,
  mappedValues,
  mayUse,
  PlatformError,
} from '@kartoteka/platform';
import type { Choice, Chosen, Context, Made, Target, Values } from './conversion-types.ts';
import { TARGETS } from './conversion-types.ts';

/** Of what the lead becomes: the caller's view of the lead, and what was made so far. */
interface Work {
  readonly context: Context;
  readonly lead: Values;
  readonly made: Partial<Record<Target, Made>>;
  /** Of an existing contact: the deal of a contact is with its company. */
  companyOfContact: string | null;
}

export function entityOf(model: Model, name: string): EntityType {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`there is no entity ${name}`);
  return entity;
}

/** What the mapping of the lead gives for a target; nothing where there is no mapping. */
export function proposed({ model, principal }: Context, target: Target, lead: Values): MappedValues {
  const mapping = activeMapping(model, 'lead', target);
  return mapping === undefined ? { values: {}, withheld: [] } : mappedValues(model, mapping, lead, principal);
}

/** The same without what the caller may not give a new record. */
export function fittingValues(context: Context, target: Target, lead: Values): MappedValues {
  const { values, withheld } = proposed(context, target, lead);
  const entity = entityOf(context.model, target);
  const fitting = Object.entries(values).filter(([name]) => may(context, entity, name, 'create'));
  return { values: Object.fromEntries(fitting), withheld };
}

/** Makes or takes what was chosen. Throws everything that is refused at once, each with its place in the request. */
export async function makeRecords(context: Context, lead: Values, choice: Choice): Promise<Work['made']> {
  const work: Work = { context, lead, made: {}, companyOfContact: null };
  const refused: PlatformError[] = [];
  for (const target of TARGETS) {
    const chosen = choice[target];
    if (chosen === undefined) continue;
    try {
      work.made[target] =
        chosen.id === undefined ? await create(work, target, chosen) : await take(work, target, chosen);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      refused.push(placed(error, target, chosen));
    }
  }
  const [first, ...others] = refused.toSorted((a, b) => weight(a) - weight(b));
  if (first === undefined) return work.made;
  throw others.length === 0 ? first : first.with({ target: undefined, details: refused.flatMap(detailsOf) });
}

/** A missing right is told first, and that a duplicate was found last: it is the one for which there is a choice. */
const weight = ({ status }: PlatformError): number => (status === 403 ? 0 : status === 409 ? 2 : 1);

function detailsOf(error: PlatformError): PlatformError['details'] {
  const { code, message, target, details } = error;
  return details.length > 0 ? details : [{ code, message, ...(target === undefined ? {} : { target }) }];
}

function placed(error: PlatformError, target: Target, { id }: Chosen): PlatformError {
  const place = (name: string | undefined): string =>
    name === undefined ? target : `${target}/${id === undefined ? 'values/' : ''}${name}`;
  const details = error.details.map((detail) => ({ ...detail, target: place(detail.target) }));
  return error.with({ target: place(error.target), details });
}

async function create(work: Work, target: Target, { values = {} }: Chosen): Promise<Made> {
  const { context, lead } = work;
  const entity = entityOf(context.model, target);
  const { values: mapped, withheld } = proposed(context, target, lead);
  const id = typeof values.id === 'string' ? values.id.toLowerCase() : randomUUIDv7();
  const { kind, id: own } = context.principal;
  // Who converts goes on with it; rules that give new records to others are about those that nobody works on.
  const owner = kind === 'system' ? {} : { owner_id: own };
  const links = { ...linksOf(work, target), originating_lead_id: context.id, ...owner, id };
  const known = Object.entries({ ...mapped, ...links }).filter(([name]) => may(context, entity, name, 'create'));
  const record = await context.engine.create(entity.set, { ...Object.fromEntries(known), ...values });
  const unwritten = [...Object.keys(mapped).filter((name) => !may(context, entity, name, 'create')), ...withheld];
  // What he can see of the lead, or cannot see of the new record either, tells him nothing when it goes along.
  const open = unwritten.filter((name) => !Object.hasOwn(values, name));
  const isHidden = (name: string): boolean => Object.hasOwn(mapped, name) || !may(context, entity, name, 'read');
  const version = await carryHidden(context, target, id, open.filter(isHidden));
  return {
    ...{ id, created: true, filled: {}, before: {}, withheld: open.filter((name) => !isHidden(name)) },
    version: version ?? (await versionOf(context, entity, id)),
    // Whoever gives it to another may not read it any more.
    duplicates: record?.['@kartoteka.duplicates'] ?? [],
  };
}

async function versionOf({ database }: Context, { table }: EntityType, id: string): Promise<string> {
  const rows = await database.run(`select version::text as version from data."${table}" where id = $1::uuid`, [id]);
  return String(rows[0]?.version);
}

/** Values that the mapping gives whoever converts. What the record cannot take stays with the lead, and is told to nobody. */
async function carryHidden(
  context: Context,
  target: Target,
  id: string,
  names: readonly string[],
): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const { system, model } = context;
  const lead: Values = await system.get(`/leads(${context.id})`);
  const { values } = proposed({ ...context, principal: system.principal }, target, lead);
  const given = names.filter((name) => (values[name] ?? null) !== null).map((name) => [name, values[name]]);
  if (given.length === 0) return undefined;
  try {
    const written = await system.update(entityOf(model, target).set, id, Object.fromEntries(given));
    return String(written.version);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.status >= 500 || error.code === 'conflict') throw error;
    return undefined;
  }
}

function may({ principal }: Context, entity: EntityType, name: string, right: FieldRight): boolean {
  const property = entity.properties.get(name);
  return property !== undefined && mayUse(principal, entity, property, right);
}

/** Lookups of a target to those made before it. */
function linksOf({ made, companyOfContact }: Work, target: Target): Values {
  const company = made.company?.id ?? (target === 'deal' ? companyOfContact : null);
  const links = { company_id: company, contact_id: target === 'deal' ? made.contact?.id : null };
  if (target === 'company') return {};
  return Object.fromEntries(Object.entries(links).filter(([, id]) => id !== null && id !== undefined));
}

async function take(work: Work, target: Target, { id = '', fill_empty: fills = false }: Chosen): Promise<Made> {
  const { context, lead } = work;
  const entity = entityOf(context.model, target);
  const stored: Values = await context.engine.get(`/${entity.set}(${id})`);
  if (target === 'contact') work.companyOfContact = (stored.company_id as string | null | undefined) ?? null;
  const made = { id, created: false, duplicates: [], before: {} };
  if (!fills) return { ...made, version: String(stored.version), filled: {}, withheld: [] };
  const { values, withheld } = proposed(context, target, lead);
  const filled = lacking(context, entity, { ...values, ...linksOf(work, target) }, stored);
  if (Object.keys(filled).length === 0) return { ...made, version: String(stored.version), filled, withheld };
  if (target === 'contact') work.companyOfContact ??= (filled.company_id as string | undefined) ?? null;
  // What the record got meanwhile is not written over.
  const changed = await context.engine.update(entity.set, id, filled, { version: String(stored.version) });
  const written = Object.keys(filled).map((name) => [name, changed?.[name] ?? filled[name]]);
  const before = Object.keys(filled).filter((name) => stored[name] !== null);
  const version = String(changed?.version ?? (await versionOf(context, entity, id)));
  return {
    ...{ ...made, version, filled: Object.fromEntries(written), withheld },
    before: Object.fromEntries(before.map((name) => [name, stored[name]])),
  };
}

/** Of the values those that the record has not, field by field: half an address is not completed with half of another. */
function lacking(context: Context, entity: EntityType, values: Values, stored: Values): Values {
  const fieldOf = (name: string) => entity.fields.get(entity.properties.get(name)?.field ?? '');
  // A currency is there before its amount is: it makes no field full.
  const isAlways = (name: string): boolean =>
    entity.properties.get(name)?.nullable === false && fieldOf(name)?.properties[0] !== name;
  const isEmpty = (name: string): boolean => !Object.hasOwn(stored, name) || stored[name] === null || isAlways(name);
  const given = Object.entries(values).filter(
    ([name, value]) =>
      value !== null &&
      Object.hasOwn(stored, name) &&
      value !== stored[name] &&
      may(context, entity, name, 'update') &&
      (fieldOf(name)?.properties ?? [name]).every(isEmpty),
  );
  const after: Values = { ...stored, ...Object.fromEntries(given) };
  const read = (_navigations: readonly string[], name: string): StoredValue => storedValue(after[name]);
  // The date of a consent that there is not is no value that the record lacks.
  const fitting = given.filter(([name]) => {
    const condition = fieldOf(name)?.visibleWhen ?? null;
    return (
      condition === null || matchesExpression(condition, read, evaluationContext(context.model, context.principal))
    );
  });
  return Object.fromEntries(fitting);
}
