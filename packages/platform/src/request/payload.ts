// The body of a write becomes values by property: JSON parsed exactly, control information set aside, references by
// @odata.bind turned into lookup values, and records within it into payloads of their own. Values themselves are judged by
// validation, not here.
import { type EntityType, ExactNumber, type Model, type Navigation } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { NAMESPACE } from '../namespace.ts';
import { planLink } from '../plan/link.ts';
import { targetOf } from '../plan/read.ts';
import type { LinkChange } from '../write/request.ts';
import { arrayElements } from './array-elements.ts';
import { ANNOTATION, boundRecord, isReference, urlOf } from './bound-record.ts';
import { parseObject } from './json-object.ts';
import { memberText } from './member-text.ts';
import type { AlternateKey } from './record-key.ts';

const BIND = /^([^@]+)@(?:odata\.)?bind$/;

/** What a body says: values by property, and records to be linked. */
export interface Payload {
  readonly values: Record<string, unknown>;
  readonly links: readonly LinkChange[];
  /** Only in a deep insert: records to be made with this one. */
  readonly nested?: readonly NestedRecords[];
  /** Only in a deep insert: records whose lookup is to lead to this one, by the collection that they are to be in. */
  readonly adopted?: readonly LinkChange[];
  /** Records whose ids are still missing in it. */
  readonly named?: readonly NamedRecord[];
}

/** A record that is named by an alternate key: its id is entered when it has been found (named-records.ts). */
export interface NamedRecord {
  readonly entity: EntityType;
  readonly alternate: AlternateKey;
  /** Where the body names it. */
  readonly place: string;
  readonly enter: (id: string) => void;
}

/** New records that stand in the body under a navigation. */
export interface NestedRecords {
  readonly navigation: Navigation;
  readonly records: readonly {
    /** Where it stands below the record: `contacts/1`. */
    readonly place: string;
    readonly payload: Payload;
  }[];
}

/** Records that one member of a body links. */
const MOST_LINKS = 1_000;

/** How deep records stand in one another, and how many there may be with the outermost. */
export const DEEP_LIMITS = { levels: 5, records: 1_000 } as const;

/** The room that a deep insert has left. */
interface Room {
  readonly level: number;
  readonly count: { records: number };
}

/**
 * Payload of a create or update. Annotations a client may send along (`@odata.etag`, `@odata.type` ...) carry no data and
 * are left out, as OData JSON 4.01 (4.5) has it. Throws malformed_json, body_not_object, bad_request (a name twice),
 * invalid_value (a reference twice), unknown_property, not_supported (records within it).
 */
export function parsePayload(body: string | null, entity: EntityType, model: Model): Payload {
  return new PayloadReader(body ?? '', entity, model, null).read();
}

/** The same of a create that may bring related records along (OData 4.01 Part 1, 11.4.2.2). Throws limit_exceeded besides. */
export function parseDeepPayload(body: string | null, entity: EntityType, model: Model): Payload {
  return new PayloadReader(body ?? '', entity, model, { level: 0, count: { records: 1 } }).read();
}

const TYPE = /^@(?:odata\.)?type$/i;

class PayloadReader {
  readonly #text: string;
  readonly #entity: EntityType;
  readonly #model: Model;
  /** Null: no records within the record. */
  readonly #room: Room | null;
  readonly #values: Record<string, unknown> = Object.create(null);
  readonly #links: LinkChange[] = [];
  readonly #adopted: LinkChange[] = [];
  readonly #nested: NestedRecords[] = [];
  readonly #named: NamedRecord[] = [];
  /** Collections that were bound: `contacts@odata.bind` beside `contacts@bind` says two things. */
  readonly #bound = new Set<string>();

  constructor(text: string, entity: EntityType, model: Model, room: Room | null) {
    this.#text = text;
    this.#entity = entity;
    this.#model = model;
    this.#room = room;
  }

  read(): Payload {
    const entity = this.#entity;
    for (const [key, value] of Object.entries(parseObject(this.#text))) {
      if (!key.includes('@')) {
        const navigation = entity.navigations.get(key);
        if (navigation !== undefined) this.#inline(navigation, key, value);
        else if (key in this.#values) throw givenTwice(key);
        else this.#values[key] = value;
        continue;
      }
      const bound = BIND.exec(key)?.[1];
      if (bound !== undefined) this.#bind(bound, key, value);
      else if (!ANNOTATION.test(key))
        throw new PlatformError('unknown_property', { name: key, entity: entity.name }, { target: key });
      else if (TYPE.test(key)) requireType(entity, key, value);
    }
    const [values, links] = [this.#values, this.#links];
    const named = this.#named.length === 0 ? {} : { named: this.#named };
    if (this.#nested.length === 0 && this.#adopted.length === 0) return { values, links, ...named };
    return { values, links, nested: this.#nested, adopted: this.#adopted, ...named };
  }

  #bind(name: string, key: string, value: unknown): void {
    const entity = this.#entity;
    const navigation = entity.navigations.get(name);
    if (navigation === undefined)
      throw new PlatformError('unknown_property', { name, entity: entity.name }, { target: key });
    if (!navigation.collection) {
      this.#assign(navigation, key, value);
      return;
    }
    if (this.#bound.has(name)) throw givenTwice(`${name}@odata.bind`);
    this.#bound.add(name);
    if (!Array.isArray(value) || !value.every((url) => typeof url === 'string'))
      throw new PlatformError('invalid_value', { name: key, reason: 'a list of URLs is needed' }, { target: key });
    this.#refer(
      navigation,
      key,
      value.map((url: string, place) => ({ url, place: `${key}/${place}` })),
    );
  }

  /** Records that are there: linked, or of an inverse collection, led here. */
  #refer(navigation: Navigation, key: string, urls: readonly { readonly url: string; readonly place: string }[]): void {
    const adopts = this.#room !== null && navigation.junction === undefined && navigation.through === undefined;
    if (!adopts) planLink(this.#model, this.#entity, navigation, key);
    if (urls.length > MOST_LINKS) {
      const values = { limit: 'records linked at once', value: String(MOST_LINKS) };
      throw new PlatformError('limit_exceeded', values, { target: key });
    }
    const target = targetOf(this.#model, navigation);
    const ids: string[] = [];
    for (const [at, { url, place }] of urls.entries())
      this.#enter(url, target, place, (id) => {
        ids[at] = id;
      });
    const change = { navigation, ids, placeOf: (place: number): string => urls[place]?.place ?? key };
    (adopts ? this.#adopted : this.#links).push(change);
  }

  /** A navigation as a member: a reference as OData 4.01 has it, or new records. */
  #inline(navigation: Navigation, key: string, value: unknown): void {
    if (!navigation.collection) {
      if (value === null) this.#assign(navigation, key, null);
      else if (isReference(value)) this.#assign(navigation, key, urlOf(value, key));
      else this.#nest(navigation, key, [{ text: memberText(this.#text, key), place: key, value }]);
      return;
    }
    if (this.#room === null) throw deepRefused(key);
    if (!Array.isArray(value))
      throw new PlatformError('invalid_value', { name: key, reason: 'a list of records is needed' }, { target: key });
    const texts = arrayElements(this.#text, key, value.length).elements ?? [];
    const members = value.map((each: unknown, at) => ({ text: texts[at] ?? '', place: `${key}/${at}`, value: each }));
    const references = members.filter((member) => isReference(member.value));
    if (references.length > 0) {
      const urls = references.map((member) => ({ url: urlOf(member.value, member.place), place: member.place }));
      this.#refer(navigation, key, urls);
    }
    this.#nest(
      navigation,
      key,
      members.filter((member) => !references.includes(member)),
    );
  }

  #nest(
    navigation: Navigation,
    key: string,
    members: readonly { readonly text: string; readonly place: string; readonly value: unknown }[],
  ): void {
    const room = this.#room;
    if (room === null) throw deepRefused(key);
    if (navigation.collection && navigation.through !== undefined) planLink(this.#model, this.#entity, navigation, key);
    if (members.length === 0) return;
    if (room.level === DEEP_LIMITS.levels) throw tooDeep('levels of records in one body', DEEP_LIMITS.levels, key);
    room.count.records += members.length;
    if (room.count.records > DEEP_LIMITS.records) throw tooDeep('records in one body', DEEP_LIMITS.records, key);
    const target = targetOf(this.#model, navigation);
    const below = { level: room.level + 1, count: room.count };
    const records = members.map(({ text, place, value }) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof ExactNumber)
        throw new PlatformError('invalid_value', { name: place, reason: 'a record is needed' }, { target: place });
      const payload = within(place, () => new PayloadReader(text, target, this.#model, below).read());
      for (const each of payload.named ?? []) this.#named.push({ ...each, place: `${place}/${each.place}` });
      return { place, payload };
    });
    this.#nested.push({ navigation, records });
  }

  /** `"company@odata.bind": "companies(ID)"`, relative, with a leading slash, or absolute (the part after the root counts). */
  #assign(navigation: Navigation, key: string, value: unknown): void {
    if (value !== null && typeof value !== 'string') {
      const reason = 'a URL of a record or null is needed';
      throw new PlatformError('invalid_value', { name: key, reason }, { target: key });
    }
    const { property, discriminator } = navigation;
    const names = discriminator === undefined ? [property] : [property, discriminator.property];
    if (names.some((each) => each in this.#values)) throw givenTwice(key);
    if (discriminator !== undefined) this.#values[discriminator.property] = value === null ? null : discriminator.value;
    if (value === null) this.#values[property] = null;
    else
      this.#enter(value, targetOf(this.#model, navigation), key, (id) => {
        this.#values[property] = id;
      });
  }

  /** Enters the id of a record now, or, where the URL has another key, when it has been found; '' until then. */
  #enter(url: string, target: EntityType, place: string, enter: (id: string) => void): void {
    const { id, alternate } = boundRecord(url, target, this.#model, place);
    enter(id);
    if (alternate !== undefined) this.#named.push({ entity: target, alternate, place, enter });
  }
}

/** A client that says another type means another set: `#kartoteka.deal`, also after the URL of $metadata. Throws invalid_value. */
function requireType(entity: EntityType, key: string, value: unknown): void {
  const name = typeof value === 'string' ? value.slice(value.indexOf('#') + 1) : '';
  if (name === `${NAMESPACE}.${entity.name}`) return;
  const reason = `records here are of the type #${NAMESPACE}.${entity.name}`;
  throw new PlatformError('invalid_value', { name: key, reason }, { target: key });
}

/** What is wrong with a record within the body, said of its place. */
function within<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const target = error.target === undefined ? place : `${place}/${error.target}`;
    throw error.with({ target, details: error.details });
  }
}

function deepRefused(key: string): PlatformError {
  const what = 'Making or changing related records here (only a create of a single record brings new ones along)';
  return new PlatformError('not_supported', { what }, { target: key });
}

function tooDeep(limit: string, value: number, key: string): PlatformError {
  return new PlatformError('limit_exceeded', { limit, value: String(value) }, { target: key });
}

function givenTwice(key: string): PlatformError {
  return new PlatformError('invalid_value', { name: key, reason: 'the reference is given twice' }, { target: key });
}
