// A record of each entity that has secured properties, with a value in every one of them; who may see them and who may not; guesses.
import type { Model, Property } from '@kartoteka/metadata';
import { sampleOf } from './generator.ts';
import { type HttpAnswer, type HttpCrm, startHttpCrm } from './http.ts';
import { BLIND, modelOf, SEEING, type Secured, securedDocuments, securedProperties } from './secured-documents.ts';
import type { Guess } from './secured-queries.ts';

export const documents = await securedDocuments();
export const model: Model = modelOf(documents);
export const PROPERTIES = securedProperties(model).map((secured) => ({
  ...secured,
  title: `${secured.entity.name}.${secured.property.name}`,
}));
export const ENTITIES = [...new Set(PROPERTIES.map(({ entity }) => entity))];

export interface SecuredWorld {
  readonly http: HttpCrm;
  /** Holds every privilege, and no permission on a secured field. */
  readonly blind: string;
  /** Holds both. */
  readonly seeing: string;
  /** By entity, as who may sees it. */
  readonly records: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  idOf(entity: string): string;
  /** The value that the record has, and one that no record has. */
  guesses(secured: Secured): readonly [right: Guess, wrong: Guess];
}

export async function startSecuredWorld(): Promise<SecuredWorld> {
  const http = await startHttpCrm(documents);
  const blind = (await http.crm.user('Blind', [BLIND])).id;
  const seeing = (await http.crm.user('Seeing', [SEEING])).id;
  const records = new Map<string, Readonly<Record<string, unknown>>>();
  const idOf = (entity: string): string => String(records.get(entity)?.id);
  const make = async (set: string, payload: object) => {
    const made = await http.send(seeing, 'POST', `/${set}`, payload);
    if (made.status !== 201) throw new Error(`${set}: ${made.text}`);
    return made.json;
  };
  const secret = (await make('holders', { name: 'in secret' })).id;
  // What is rolled up comes first: the vault names its holder.
  for (const entity of [...ENTITIES].reverse()) {
    const payload = Object.fromEntries(
      [...entity.properties.values()]
        .filter((property) => (property.secured || property.field === required(entity)) && !property.readOnly)
        .filter(({ name, type }) => type !== 'Edm.Guid' && !name.endsWith('_currency'))
        .map((property) => [property.name, valueFor(entity.name, property)]),
    );
    const links = entity.fields.has('s_lookup') ? { holder_id: idOf('holder'), s_lookup_id: secret } : {};
    records.set(entity.name, await make(entity.set, { ...payload, ...links }));
  }
  await make('visitors', { name: 'V', vault_id: idOf('vault') });
  for (const entity of ENTITIES) {
    const { json } = await http.send(seeing, 'GET', `/${entity.set}(${idOf(entity.name)})`);
    records.set(entity.name, json);
  }
  return { http, blind, seeing, records, idOf, guesses: (secured) => guesses(records, secured) };
}

/** The required field of an entity that has no default: each of these has one. */
const required = (entity: Secured['entity']): string | undefined =>
  [...entity.fields.values()].find((field) => field.required && field.document.default === undefined)?.name;

/** Values that no other text of an answer holds by chance. */
const TELLING: Readonly<Record<string, unknown>> = {
  'Edm.Int64': 71234567,
  'Edm.Decimal': 81234.5,
  'Edm.Date': '2031-05-17',
  'Edm.DateTimeOffset': '2032-06-18T07:08:09.123456Z',
  'Edm.Duration': 'PT71M13S',
  'Edm.Untyped': { secret: 'inside json' },
};

function valueFor(entity: string, property: Property): unknown {
  const type = model.entities.get(entity)?.fields.get(property.field ?? '')?.type ?? '';
  if (property.type === 'Collection(Edm.String)') return [property.values?.[0] ?? 'red'];
  if (type === 'address' && property.name.endsWith('_country')) return 'DE';
  if (property.maxLength !== undefined && property.maxLength < 30 && entity !== 'vault')
    return digits(property.maxLength);
  const sample = sampleOf(model.entities.get(entity) as Secured['entity'], property);
  return TELLING[property.type] ?? (property.type === 'Edm.String' && sample === undefined ? 'secret' : sample);
}

const digits = (length: number): string => '4'.repeat(length);

function guesses(records: SecuredWorld['records'], { entity, property }: Secured): readonly [Guess, Guess] {
  const value = records.get(entity.name)?.[property.name];
  const isList = property.type === 'Collection(Edm.String)';
  const right = isList ? (value as string[])[0] : value;
  const guess = (each: unknown): Guess => ({ literal: literalOf(property, each), value: isList ? [each] : each });
  return [guess(right), guess(wrongValue(entity.name, property, right))];
}

const NOBODYS: Readonly<Record<string, unknown>> = {
  'Edm.Int64': 3,
  'Edm.Decimal': 3.5,
  'Edm.Date': '1999-01-01',
  'Edm.DateTimeOffset': '1999-01-01T00:00:00Z',
  'Edm.Duration': 'PT1S',
  'Edm.Guid': '01900000-0000-7000-8000-00000000dead',
  'Edm.Untyped': { other: 1 },
};
const NOBODYS_TEXTS: Readonly<Record<string, string>> = {
  email: 'nobody@example.net',
  phone: '+442079460958',
  url: 'https://nobody.example/',
};

function wrongValue(entity: string, property: Property, right: unknown): unknown {
  if (property.type === 'Edm.Boolean') return right !== true;
  const other = property.values?.find((value) => value !== right);
  if (other !== undefined) return other;
  const type = model.entities.get(entity)?.fields.get(property.field ?? '')?.type ?? '';
  return NOBODYS[property.type] ?? NOBODYS_TEXTS[type] ?? 'nobody has this';
}

function literalOf({ type }: Property, value: unknown): string {
  if (type === 'Edm.Untyped' || value === null) return 'null';
  if (type === 'Edm.DateTimeOffset') return String(value).replace('+00:00', 'Z');
  if (type === 'Edm.Duration') return `duration'${value}'`;
  return ['Edm.String', 'Edm.Guid', 'Collection(Edm.String)'].includes(type) ? `'${value}'` : String(value);
}

/** Headers that differ between two requests of the same kind; ids of requests, which bodies hold, differ in length. */
const OF_THE_REQUEST = new Set(['date', 'x-request-id', 'server-timing', 'keep-alive', 'content-length']);

/** An answer byte for byte, but for what names the request. */
export function bytes({ status, headers, text, json }: HttpAnswer): string {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_REQUEST.has(name));
  const request = String(json?.error?.innererror?.request_id);
  return JSON.stringify([status, kept, text.replaceAll(request, 'ID')]);
}
