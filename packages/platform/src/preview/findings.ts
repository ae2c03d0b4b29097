// What is wrong with the body of a preview, collected while it is read, each finding with its place. It knows JSON shapes only.
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export type Members = Readonly<Record<string, unknown>>;

/** Things of one kind in one request. */
export const MOST_CHANGES = 1_000;

export class Findings {
  readonly details: ErrorDetail[] = [];

  add(place: string, reason: string): void {
    this.details.push(errorDetail('invalid_value', { name: place, reason }, place));
  }

  /** Throws validation_failed with everything that was found. */
  settle(): void {
    if (this.details.length > 0) throw new PlatformError('validation_failed', {}, { details: this.details });
  }

  /** Refuses members that nobody reads. */
  only(members: Members, place: string, known: readonly string[]): void {
    for (const name of Object.keys(members)) {
      if (known.includes(name)) continue;
      const target = place === '' ? name : `${place}/${name}`;
      this.details.push(errorDetail('unknown_property', { name, entity: place || 'the operation' }, target));
    }
  }

  /** A list; absent: empty. Throws limit_exceeded. */
  list(value: unknown, place: string): readonly unknown[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.add(place, 'a list is needed');
      return [];
    }
    if (value.length <= MOST_CHANGES) return value;
    const values = { limit: 'changes of one kind in a preview', value: String(MOST_CHANGES) };
    throw new PlatformError('limit_exceeded', values, { target: place });
  }

  /** Each object of a list, with its place. */
  objects(value: unknown, place: string): readonly { readonly members: Members; readonly place: string }[] {
    return this.list(value, place).flatMap((item, at) => {
      const members = this.object(item, `${place}/${at}`);
      return members === null ? [] : [{ members, place: `${place}/${at}` }];
    });
  }

  object(value: unknown, place: string): Members | null {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
    this.add(place, 'an object is needed');
    return null;
  }

  /** A canonical id; '' after a finding. */
  id(value: unknown, place: string): string {
    if (typeof value === 'string' && GUID.test(value)) return value.toLowerCase();
    this.add(place, 'a GUID is needed');
    return '';
  }

  /** The same, or null where nothing is given. */
  idOrNull(value: unknown, place: string): string | null {
    return value === undefined || value === null ? null : this.id(value, place);
  }

  name(value: unknown, place: string): string {
    if (typeof value === 'string' && value !== '') return value;
    this.add(place, 'a name is needed');
    return '';
  }

  /** Reports what is there a second time. */
  unique<T>(items: readonly T[], keyOf: (item: T) => string, placeOf: (at: number) => string): void {
    const seen = new Set<string>();
    items.forEach((item, at) => {
      const key = keyOf(item);
      if (seen.has(key)) this.add(placeOf(at), 'it is there twice');
      seen.add(key);
    });
  }
}
