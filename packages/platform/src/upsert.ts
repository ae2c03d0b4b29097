// PATCH and PUT of a record that need not be there: an update where it is, a create where it is not (OData 4.01 Part 1, 11.4.4),
// by the rules of an upsert of many records (bulk/). The writes themselves are judged where they are made.
import { canonicalValue, type EntityType, isWritable, type Property, recycleBinOf } from '@kartoteka/metadata';
import { type Absent, createAbsent, findRecord } from './bulk/create-absent.ts';
import { keyValues, type RecordKey } from './bulk/find.ts';
import { errorDetail, PlatformError } from './errors.ts';
import { findByKey } from './find-by-key.ts';
import { answerUpdate, emptyValues } from './modify.ts';
import { requireNamed } from './named-records.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { mayUse } from './plan/secured.ts';
import type { EngineRequest, EngineResponse } from './platform-types.ts';
import { readRecord } from './read.ts';
import { writtenValues } from './read-only-values.ts';
import { parseIfMatch, requireJson } from './request/headers.ts';
import { type Payload, parsePayload } from './request/payload.ts';
import type { AlternateKey } from './request/record-key.ts';
import { header, Timing } from './shape.ts';
import { answerOf, created, writeEnvironment } from './write-response.ts';

/** A record as the URL names it: by its id, or by another key with the id empty. */
export interface UpsertTarget {
  readonly entity: EntityType;
  readonly id: string;
  readonly alternate?: AlternateKey | undefined;
}

/** PATCH: 204, or 200 with the record, where it is there; where it is not, what a POST answers. */
export function patchRecord(env: RequestEnvironment, target: UpsertTarget): Promise<EngineResponse> {
  return upsert(env, target, (values) => values);
}

/** PUT: what the body does not name takes its default, or becomes null (emptyValues). Answers as PATCH. */
export function putRecord(env: RequestEnvironment, target: UpsertTarget): Promise<EngineResponse> {
  return upsert(env, target, (values, key) => {
    const others = Object.entries(emptyValues(env, target.entity)).filter(([name]) => !key.includes(name));
    return { ...Object.fromEntries(others), ...values };
  });
}

/** What an update of a record that is there writes, from the values of the body and the names of the key. */
type Changes = (values: Payload['values'], key: readonly string[]) => Payload['values'];

async function upsert(env: RequestEnvironment, target: UpsertTarget, changes: Changes): Promise<EngineResponse> {
  const timing = new Timing();
  const { request, model, principal, database } = env;
  const { entity } = target;
  requireJson(header(request, 'content-type'));
  const body = parsePayload(request.body, entity, model);
  await requireNamed({ model, principal, executor: database }, body.named);
  const named = keyOf(target);
  const payload = { ...body, values: withoutKey(named, body.values) };
  // An id that is changed is refused as any value that is only read; another key would be, if it were not named here.
  if (target.alternate !== undefined) requireKey(named, payload.values);
  const attempt = new Attempt(env, target, payload, named, timing, changes);
  const { ifMatch, createOnly } = conditions(request);
  // A version is that of a record: without one there is nothing to match (11.4.4).
  if (ifMatch) return attempt.update(await attempt.guessedId());
  return attempt.run(createOnly);
}

/** `ifMatch`: only an update will do; `createOnly`: `If-None-Match: *`. Throws bad_request for both, not_supported for other tags. */
function conditions(request: EngineRequest): { readonly ifMatch: boolean; readonly createOnly: boolean } {
  const [match, none] = [header(request, 'if-match'), header(request, 'if-none-match')];
  if (none === undefined) return { ifMatch: parseIfMatch(match) !== null, createOnly: false };
  const target = 'If-None-Match';
  if (none.trim() !== '*') {
    throw new PlatformError('not_supported', { what: 'If-None-Match with versions on a change' }, { target });
  }
  if (match !== undefined) {
    const reason = 'If-Match asks for a record that is there, and If-None-Match: * for one that is not';
    throw new PlatformError('bad_request', { reason }, { target });
  }
  return { ifMatch: false, createOnly: true };
}

/** The key of the URL: its properties, their values as the payload of a new record has them, and as text. */
interface NamedKey extends RecordKey {
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
}

function keyOf({ entity, id, alternate }: UpsertTarget): NamedKey {
  const values = alternate?.values ?? { id };
  const names = alternate?.key.properties ?? ['id'];
  return { entity, properties: names.flatMap((name) => entity.properties.get(name) ?? []), names, values };
}

/** The body may repeat the key that the URL names. What else it says of it stays in the values, and is refused with them. */
function withoutKey({ properties, values: named }: NamedKey, values: Payload['values']): Payload['values'] {
  const repeated = properties.filter(
    (property) => Object.hasOwn(values, property.name) && isSame(property, values[property.name], named[property.name]),
  );
  if (repeated.length === 0) return values;
  const names = new Set(repeated.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)));
}

/** Throws validation_failed for values that contradict the key. */
function requireKey({ entity, names }: NamedKey, values: Payload['values']): void {
  const reason = 'it is another value than that of the URL';
  const details = names
    .filter((name) => Object.hasOwn(values, name))
    .map((name) => errorDetail('invalid_value', { name, entity: entity.name, reason }, name));
  if (details.length > 0) throw new PlatformError('validation_failed', {}, { details });
}

/** Values that cannot be compared are none of the property. */
function isSame(property: Property, one: unknown, other: unknown): boolean {
  try {
    return canonicalValue(property, one) === canonicalValue(property, other);
  } catch {
    return false;
  }
}

/** Times that a record is updated, or created, before it is given up as contended. */
const ROUNDS = 4;

class Attempt {
  readonly #env: RequestEnvironment;
  readonly #target: UpsertTarget;
  readonly #payload: Payload;
  readonly #key: NamedKey;
  readonly #timing: Timing;
  readonly #changes: Changes;

  constructor(
    env: RequestEnvironment,
    target: UpsertTarget,
    payload: Payload,
    key: NamedKey,
    timing: Timing,
    changes: Changes,
  ) {
    this.#env = env;
    this.#target = target;
    this.#payload = payload;
    this.#key = key;
    this.#timing = timing;
    this.#changes = changes;
  }

  /** The id of the record if it is there. Throws not_found where it is named by a key that no readable record has. */
  async guessedId(): Promise<string> {
    const { entity, id, alternate } = this.#target;
    const { model, principal, database, request, room } = this.#env;
    if (alternate === undefined) return id;
    return findByKey({ model, principal, executor: database, request, room }, entity, alternate);
  }

  update(id: string): Promise<EngineResponse> {
    const given = { ...this.#payload.values };
    if (typeof given.id === 'string' && given.id.toLowerCase() === id) delete given.id;
    const values = writtenValues(this.#env, this.#target.entity, 'update', given);
    const changed = { ...this.#payload, values: this.#changes(values, this.#key.names) };
    return answerUpdate(this.#env, this.#target.entity, id, changed, this.#timing);
  }

  /** Mostly the record is there, and one statement updates it. */
  async run(createOnly: boolean): Promise<EngineResponse> {
    const looks = createOnly || this.#looksFirst();
    let id = looks ? await this.#found() : await this.guessedId().catch(nullWhenMissing);
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (id !== null) {
        if (createOnly) throw new PlatformError('record_exists', {}, { target: 'If-None-Match' });
        const updated = await this.update(id).catch(nullWhenMissing);
        if (updated !== null) return updated;
      }
      const made = await this.#create();
      if (!('kind' in made)) return made;
      id = made.kind === 'there' ? made.id : null;
    }
    const reason = 'Other writes on the same record got in the way; try again';
    throw new PlatformError('conflict', { reason });
  }

  /**
   * Whether the record has to be looked for before anything is tried: where what fails cannot be tried again, where it cannot be
   * updated, and where its values are those of a new record, or secured ones that only a new record may get from this user.
   */
  #looksFirst(): boolean {
    const { database, principal } = this.#env;
    const { entity } = this.#target;
    if (database.allOrNone) return true;
    if (!principal.access(entity.name, 'write').granted || !principal.access(entity.name, 'read').granted) return true;
    return Object.keys(this.#payload.values).some((name) => {
      const property = entity.properties.get(name);
      if (property === undefined) return false;
      return (
        (!isWritable(property, 'update') && isWritable(property, 'import')) ||
        !mayUse(principal, entity, property, 'update')
      );
    });
  }

  async #found(): Promise<string | null> {
    const { principal } = this.#env;
    const found = await findRecord(this.#env, { principal, key: this.#key, keyValues: this.#keyValues() });
    return found === null || found.hidden ? null : found.id;
  }

  #keyValues(): readonly string[] {
    return keyValues(this.#key, this.#key.values);
  }

  async #create(): Promise<EngineResponse | Exclude<Absent, { kind: 'created' }>> {
    const { principal, request } = this.#env;
    const { entity, id, alternate } = this.#target;
    // What the service numbers by itself is not made under a number of somebody's choice.
    if (this.#key.properties.some((property) => !isWritable(property, 'create'))) throw new PlatformError('not_found');
    const { links } = this.#payload;
    requireKey(this.#key, this.#payload.values);
    const values = writtenValues(this.#env, entity, 'create', this.#payload.values);
    const answer = answerOf(this.#env, entity, 'representation');
    const record = {
      ...{ entity, principal, client: request.client, links, key: this.#key, keyValues: this.#keyValues() },
      id: alternate === undefined ? id : null,
      values: alternate === undefined ? values : { ...values, ...alternate.values },
      representation: answer.representation,
    };
    const made = await createAbsent(writeEnvironment(this.#env), record).catch((error: unknown) =>
      this.#refused(error),
    );
    this.#timing.mark('write');
    return made.kind === 'created' ? created(this.#env, entity, answer, made.result, this.#timing) : made;
  }

  /** A deleted record keeps its id. Who could restore it is told so; to everybody else it is not there. */
  async #refused(error: unknown): Promise<never> {
    const { entity, id, alternate } = this.#target;
    const { model, principal, database, request } = this.#env;
    const ends = database.allOrNone === true || alternate !== undefined;
    if (ends || !(error instanceof PlatformError) || error.code !== 'not_found') throw error;
    const own = { ...request, query: '$select=id', headers: {} };
    const bin = { model, principal, executor: database, request: own };
    const isSeen = await readRecord(bin, recycleBinOf(entity), id).then(
      () => true,
      () => false,
    );
    throw isSeen ? new PlatformError('is_deleted') : error;
  }
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof PlatformError && error.code === 'not_found') return null;
  throw error;
}
