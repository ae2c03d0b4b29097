// Every secured property x every query option, over HTTP: refused in the same words whether a guess is right or wrong, byte for byte,
// and absent from whatever is answered. Properties come from the Model: those that ship, and one of every field type.
import { FIELD_TYPES, type Property } from '@kartoteka/metadata';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleOf } from './generator.ts';
import { type HttpAnswer, type HttpCrm, startHttpCrm } from './http.ts';
import {
  BLIND,
  coveredTypes,
  modelOf,
  SEEING,
  type Secured,
  securedDocuments,
  securedProperties,
} from './secured-documents.ts';
import { type Guess, type Naming, namings, unserved, writings } from './secured-queries.ts';

const documents = await securedDocuments();
const model = modelOf(documents);
const PROPERTIES = securedProperties(model).map((secured) => ({
  ...secured,
  title: `${secured.entity.name}.${secured.property.name}`,
}));
const ENTITIES = [...new Set(PROPERTIES.map(({ entity }) => entity))];

let http: HttpCrm;
let blind: string;
let seeing: string;
/** A record of each entity with every secured value, as one who may sees it. */
const records = new Map<string, Readonly<Record<string, unknown>>>();

beforeAll(async () => {
  http = await startHttpCrm(documents);
  blind = (await http.crm.user('Blind', [BLIND])).id;
  seeing = (await http.crm.user('Seeing', [SEEING])).id;
  for (const entity of [...ENTITIES].reverse()) {
    const payload = Object.fromEntries(
      [...entity.properties.values()]
        .filter((property) => (property.secured || property.name === entity.title) && !property.readOnly)
        .filter(({ name, type }) => type !== 'Edm.Guid' && !name.endsWith('_currency'))
        .map((property) => [property.name, valueFor(entity.name, property)]),
    );
    const links =
      entity.name === 'vault' ? { holder_id: records.get('holder')?.id, s_lookup_id: records.get('holder')?.id } : {};
    const required = entity.name === 'contact' ? { last_name: 'Ivanova' } : {};
    const made = await http.send(seeing, 'POST', `/${entity.set}`, { ...payload, ...links, ...required });
    if (made.status !== 201) throw new Error(`${entity.name}: ${made.text}`);
    records.set(entity.name, made.json);
  }
  for (const entity of ENTITIES) {
    const { json } = await http.send(seeing, 'GET', `/${entity.set}(${idOf(entity.name)})`);
    records.set(entity.name, json);
  }
});
afterAll(() => http?.stop());

const idOf = (entity: string): string => String(records.get(entity)?.id);

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

/** The value that the record has, and one that no record has. */
function guesses({ entity, property }: Secured): readonly [right: Guess, wrong: Guess] {
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

const ask = (user: string, { method, path, body, headers }: Naming): Promise<HttpAnswer> =>
  http.send(user, method, path, body, headers);

/** Headers that differ between two requests of the same kind. */
const OF_THE_REQUEST = new Set(['date', 'x-request-id', 'server-timing', 'keep-alive']);

/** An answer byte for byte, but for what names the request. */
function bytes({ status, headers, text, json }: HttpAnswer): string {
  const kept = Object.entries(headers).filter(([name]) => !OF_THE_REQUEST.has(name));
  const request = String(json?.error?.innererror?.request_id);
  return JSON.stringify([status, kept, text.replaceAll(request, 'ID')]);
}

it('covers every field type that can be secured', () => {
  const cannot = [...FIELD_TYPES.keys()].filter((type) => !coveredTypes(model).has(type));
  expect(cannot).toEqual(['many']);
});

describe.each(PROPERTIES)('$title', (secured) => {
  const { entity, property } = secured;

  it('is refused in every query option, with the same bytes for every guess', async () => {
    const [right, wrong] = guesses(secured);
    const id = idOf(entity.name);
    const others = namings(model, secured, id, wrong);
    const seen: unknown[] = [];
    for (const [index, naming] of namings(model, secured, id, right).entries()) {
      const answers = [await ask(blind, naming), await ask(blind, others[index] as Naming)];
      const { status, json } = answers[0] as HttpAnswer;
      const refused = status === 403 && json.error.code === 'secured_property' && json.error.target === property.name;
      if (!refused) seen.push([naming.option, naming.path, answers[0]?.text]);
      if (bytes(answers[0] as HttpAnswer) !== bytes(answers[1] as HttpAnswer)) seen.push([naming.option, 'differs']);
      const permitted = await ask(seeing, naming);
      // Who may read it is refused nothing: the way is one that exists. (Collections of a record that is not there are 404.)
      if (permitted.status !== 200 && permitted.status !== 404) seen.push([naming.option, naming.path, permitted.text]);
    }
    expect(seen).toEqual([]);
  });

  it('is refused in every write, whatever the value', async () => {
    const [right, wrong] = guesses(secured);
    const [first, ...rest] = [right.value, wrong.value, null, 17, { not: 'a value' }].map((value) =>
      writings(secured, idOf(entity.name), value),
    );
    for (const [index, naming] of (first ?? []).entries()) {
      const answer = await ask(blind, naming);
      expect([naming.option, answer.status, answer.json.error.code]).toEqual([naming.option, 403, 'secured_property']);
      for (const others of rest)
        expect(bytes(await ask(blind, others[index] as Naming)), naming.option).toBe(bytes(answer));
    }
  });

  it('is not served in the same words as any other property, where an option is not served', async () => {
    const [right, wrong] = guesses(secured);
    const plain = { entity, property: entity.properties.get('version') as Property };
    const [wrongs, plains] = [unserved(secured, wrong), unserved(plain, { literal: '1', value: 1 })];
    for (const [index, naming] of unserved(secured, right).entries()) {
      const answer = await ask(blind, naming);
      expect([naming.option, answer.status]).toEqual([naming.option, 501]);
      expect(bytes(await ask(blind, wrongs[index] as Naming)), naming.option).toBe(bytes(answer));
      expect(bytes(await ask(blind, plains[index] as Naming)), naming.option).toBe(bytes(answer));
    }
  });
});
