// The body of an action: a JSON object whose members are asked for by name. What is wrong with it is told together.
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import { parseObject } from '../request/json-object.ts';
import type { ShareRight } from '../security/sharing.ts';
import { SHARE_RIGHT_BITS } from '../security/types.ts';

/** Records that one request acts on. */
export const MOST_IDS = 10_000;

/** Findings about one body that are told. */
const MOST_DETAILS = 100;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export class ActionBody {
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #known = new Set<string>();
  readonly #details: ErrorDetail[] = [];

  /** Throws malformed_json, body_not_object, bad_request. */
  constructor(text: string | null) {
    this.#members = parseObject(text);
  }

  /** A GUID in lower case; `what` says of what, for the error. */
  id(name: string, what: string): string {
    const value = this.#take(name);
    if (typeof value === 'string' && GUID.test(value)) return value.toLowerCase();
    this.#wrong(name, `the id of ${what} is needed`);
    return '';
  }

  rights(name: string): readonly ShareRight[] {
    const value = this.#take(name);
    const names = Array.isArray(value) ? value : [];
    const rights = names.filter(
      (right): right is ShareRight => typeof right === 'string' && Object.hasOwn(SHARE_RIGHT_BITS, right),
    );
    if (rights.length === 0 || rights.length !== names.length)
      this.#wrong(name, `a list of ${Object.keys(SHARE_RIGHT_BITS).join(', ')} is needed`);
    return [...new Set(rights)];
  }

  /** Names, at least one where they are needed; they may have to be left out. */
  names(name: string, wanted: 'needed' | 'absent'): readonly string[] {
    const value = this.#take(name);
    if (wanted === 'absent') {
      if (value !== undefined) this.#wrong(name, 'it does not go together with the rest');
      return [];
    }
    const names = Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
    if (Array.isArray(value) && names.length === value.length && names.length > 0) return [...new Set(names)];
    this.#wrong(name, 'a list of names is needed');
    return [];
  }

  /** False where it is left out. */
  flag(name: string): boolean {
    const value = this.#take(name);
    if (value !== undefined && typeof value !== 'boolean') this.#wrong(name, 'true or false is needed');
    return value === true;
  }

  /** Different ids of records, at least one. Throws limit_exceeded. */
  ids(name: string): readonly string[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length === 0) {
      this.#wrong(name, 'a list of ids of records is needed');
      return [];
    }
    if (value.length > MOST_IDS) {
      const values = { limit: 'records in one request', value: String(MOST_IDS) };
      throw new PlatformError('limit_exceeded', values, { target: name });
    }
    const places = new Map<string, number>();
    for (const [at, item] of value.entries()) {
      if (typeof item !== 'string' || !GUID.test(item)) {
        this.#wrong(`${name}/${at}`, 'the id of a record is needed');
        continue;
      }
      const first = places.get(item.toLowerCase());
      if (first === undefined) places.set(item.toLowerCase(), at);
      else this.#wrong(`${name}/${at}`, `it is the same as ${name}/${first}`);
    }
    return [...places.keys()];
  }

  /** To be called last. Throws validation_failed with what was found, unknown members among it. */
  end(): void {
    for (const name of Object.keys(this.#members)) {
      if (!this.#known.has(name))
        this.#details.push(errorDetail('unknown_property', { name, entity: 'the operation' }, name));
    }
    if (this.#details.length > 0)
      throw new PlatformError('validation_failed', {}, { details: this.#details.slice(0, MOST_DETAILS) });
  }

  #take(name: string): unknown {
    this.#known.add(name);
    return Object.hasOwn(this.#members, name) ? this.#members[name] : undefined;
  }

  #wrong(name: string, reason: string): void {
    this.#details.push(errorDetail('invalid_value', { name, reason }, name));
  }
}
