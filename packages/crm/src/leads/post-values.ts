// From what somebody typed into a form to the values of a record. It asks the service only for records that marks name.
import type { EntityType, Model, Property } from '@kartoteka/metadata';
import { dateIn, type Platform, PlatformError, type Principal } from '@kartoteka/platform';
import { ask, MARKS, type Mark, type WebForm } from './web-form.ts';

export type Marks = Readonly<Partial<Record<Mark, string>>>;

/** What is sent to a form, names of fields as the form has them. A name that is given twice has a list. */
export type PostedValues = Readonly<Record<string, unknown>>;

/**
 * The record's values: fixed ones, marks that are known values, what was sent, consent, owner; later ones win over earlier.
 * `now` dates the consent.
 */
export async function recordValues(
  platform: Platform,
  author: Principal,
  form: WebForm,
  sent: { readonly values: PostedValues; readonly marks: Marks; readonly now: Date },
): Promise<Record<string, unknown>> {
  const model = platform.model();
  const entity = model.entities.get(form.record_type);
  if (entity === undefined) throw new PlatformError('unknown_resource', { name: form.record_type });
  const values: Record<string, unknown> = { ...form.fixed_values };
  Object.assign(values, await markedValues(platform, author, entity, form, sent.marks));
  for (const [name, value] of Object.entries(sent.values)) {
    const read = typedValue(entity.properties.get(name), value);
    if (read !== undefined) values[name] = read;
  }
  Object.assign(values, consentValues(model, form, sent.now));
  if (form.assign_to_id !== null && entity.ownership === 'user') values.owner_id = form.assign_to_id;
  return values;
}

/** Who got here has agreed: without consent nothing is kept at all. */
function consentValues(model: Model, form: WebForm, now: Date): Record<string, unknown> {
  if (!form.consent_required || form.consent_property === null) return {};
  const date = form.consent_date_property;
  const day = date === null ? {} : { [date]: dateIn(model.organization.timeZone, now) };
  return { [form.consent_property]: true, ...day };
}

const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  'Edm.Boolean': (text) =>
    ({ on: true, true: true, 1: true, yes: true, false: false, 0: false, no: false })[text] ?? text,
  'Edm.Int16': numberOf,
  'Edm.Int32': numberOf,
  'Edm.Int64': numberOf,
  'Edm.Decimal': numberOf,
  'Edm.Double': numberOf,
};

/** Texts of a form as the property's JSON value; undefined when nothing was filled in. What is no such value stays as it is, to be refused. */
function typedValue(property: Property | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (text === '') return undefined;
  return (property === undefined ? undefined : READERS[property.type])?.(text) ?? text;
}

/** 15 digits are exact as a number. */
function numberOf(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) && text.replaceAll(/\D/g, '').length <= 15 ? Number(text) : text;
}

/** Marks that the form turns into values. One that is not a value of its property is only kept with the submission. */
async function markedValues(
  platform: Platform,
  author: Principal,
  entity: EntityType,
  form: WebForm,
  marks: Marks,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const mark of MARKS) {
    const name = form.attribution?.[mark];
    const text = marks[mark];
    const property = name === undefined ? undefined : entity.properties.get(name);
    if (name === undefined || property === undefined || text === undefined) continue;
    const value = await markedValue(platform, author, entity, property, text);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

async function markedValue(
  platform: Platform,
  author: Principal,
  entity: EntityType,
  property: Property,
  text: string,
): Promise<unknown> {
  if (property.values !== undefined) return property.values.includes(text) ? text : undefined;
  const target = targetOf(platform.model(), entity, property);
  if (target !== undefined) return namedRecord(platform, author, target, text);
  return property.type === 'Edm.String' ? text.slice(0, property.maxLength) : undefined;
}

/** The only entity that the property refers to; undefined when it is no lookup, or has several targets. */
function targetOf(model: Model, entity: EntityType, property: Property): EntityType | undefined {
  const targets = model.entities.get(entity.name)?.fields.get(property.field ?? '')?.document.targets;
  return Array.isArray(targets) && targets.length === 1 ? model.entities.get(String(targets[0])) : undefined;
}

/** The one record whose external id or title is this text, of those that the author reads. */
async function namedRecord(
  platform: Platform,
  author: Principal,
  target: EntityType,
  text: string,
): Promise<string | undefined> {
  const literal = `'${text.replaceAll("'", "''")}'`;
  const names = ['external_id', target.title].filter((name) => target.properties.get(name)?.type === 'Edm.String');
  if (names.length === 0) return undefined;
  const filter = names.map((name) => `${name} eq ${literal}`).join(' or ');
  try {
    const query = `$select=id&$top=2&$filter=${encodeURIComponent(filter)}`;
    const { value } = (await ask(platform, author, 'GET', `/${target.set}`, { query })) as { value: { id: string }[] };
    return value.length === 1 ? value[0]?.id : undefined;
  } catch (error) {
    // Who may not read the campaigns attributes nothing to them.
    if (error instanceof PlatformError && error.status === 403) return undefined;
    throw error;
  }
}
