// One conversion of a map, compiled: the text of a cell to the value that is sent, and a value of the service back to text.
// It knows no rows, no files and no service; lookups leave it as the text that is looked up.
import { DateForm, DateFormError, Zone } from './dates.ts';
import type { Conversion, MapValue } from './map-schema.ts';
import { NumberText } from './numbers.ts';

/** The property is left out of the record. */
export const SKIP: unique symbol = Symbol('skip');

/** Why a text is no value, in words that go on after the column's name. */
export class ValueProblem {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export type Converted = MapValue | object | typeof SKIP | ValueProblem;

export interface Converter {
  readonly read: (text: string) => Converted;
  readonly write: (value: unknown) => string;
}

/** A conversion that cannot be; `pointer` is within the conversion. */
export class ConversionError extends Error {
  readonly pointer: string;
  constructor(pointer: string, reason: string) {
    super(reason);
    this.pointer = pointer;
  }
}

/** Members of which a conversion has one at most, and how each reads and writes. */
const KINDS: Readonly<Record<string, (conversion: Conversion) => Converter>> = {
  date: dateConverter,
  number: ({ number = {} }) => {
    const form = new NumberText(number);
    const example = `${number.thousands === undefined ? '' : `1${number.thousands}`}234${number.decimal ?? '.'}56`;
    return {
      read: (text) => form.read(text) ?? new ValueProblem(`${shown(text)} is not a number such as ${example}`),
      write: (value) => form.write(String(value)),
    };
  },
  boolean: booleanConverter,
  split: ({ split = ',', values = {} }) => ({
    read: (text) =>
      text
        .split(split)
        .map((part) => part.trim())
        .filter((part) => part !== '')
        .map((part) => (Object.hasOwn(values, part) ? plainText(values[part]) : part)),
    // The service writes the values of a collection with commas between them; none of them has one itself.
    write: (value) => String(value).split(',').join(split),
  }),
  json: () => ({ read: readJson, write: (value) => (typeof value === 'string' ? value : JSON.stringify(value)) }),
  lookup: () => ({ read: (text) => text, write: plainText }),
};

/**
 * Compiles a conversion.
 * @throws ConversionError
 */
export function compileConversion(conversion: Conversion): Converter {
  const kinds = Object.keys(KINDS).filter((kind) => Object.hasOwn(conversion, kind));
  if (kinds.length > 1) throw new ConversionError(`/${kinds[1]}`, `${kinds.join(' and ')} exclude each other`);
  if (conversion.zone !== undefined && kinds[0] !== 'date') throw new ConversionError('/zone', 'zone goes with date');
  if (conversion.unlisted !== undefined && conversion.values === undefined) {
    throw new ConversionError('/unlisted', 'unlisted goes with values');
  }
  const kind = kinds[0] === undefined ? undefined : KINDS[kinds[0]];
  const inner = kind?.(conversion) ?? { read: (text: string) => text, write: plainText };
  const listed = withValues(conversion, inner);
  const empty = emptyValue(conversion);
  const trim = conversion.trim !== false;
  return {
    read: (text) => {
      const cell = trim ? text.trim() : text;
      if (cell === '') return empty;
      return cell.includes('\0') ? new ValueProblem('there is a NUL character in the text') : listed.read(cell);
    },
    write: (value) => (value === null || value === undefined || value === '' ? '' : listed.write(value)),
  };
}

function emptyValue({ empty, split }: Conversion): Converted {
  if (empty === 'skip') return SKIP;
  if (typeof empty === 'object') return empty.default;
  // A collection is never null: it is empty.
  return split === undefined ? null : [];
}

/** Texts of `values` first; what they become is converted on when it is a text, and stands otherwise. */
function withValues({ values, unlisted }: Conversion, inner: Converter): Converter {
  if (values === undefined) return inner;
  const table = new Map(Object.entries(values));
  const back = new Map<string, string>();
  for (const [text, value] of table) {
    const key = plainText(value);
    if (value !== null && !back.has(key)) back.set(key, text);
  }
  return {
    read: (text) => {
      const value = table.get(text);
      if (value === undefined) {
        if (unlisted !== 'error') return inner.read(text);
        return new ValueProblem(`${shown(text)} is none of ${[...table.keys()].slice(0, 20).map(shown).join(', ')}`);
      }
      return typeof value === 'string' ? inner.read(value) : value;
    },
    write: (value) => {
      const text = inner.write(value);
      return unlisted === 'error' ? (back.get(text) ?? text) : text;
    },
  };
}

function dateConverter({ date = [], zone: zoneName }: Conversion): Converter {
  const texts = typeof date === 'string' ? [date] : date;
  const forms = texts.map((text, index) =>
    attempt(typeof date === 'string' ? '/date' : `/date/${index}`, () => new DateForm(text)),
  );
  const zone = attempt('/zone', () => new Zone(zoneName ?? 'UTC'));
  const [first] = forms;
  if (zoneName !== undefined && !forms.some((form) => form.timed)) {
    throw new ConversionError('/zone', 'zone goes with a date that has hours');
  }
  return {
    read: (text) => {
      for (const form of forms) {
        const local = form.read(text);
        if (local === undefined) continue;
        const value = form.timed ? zone.toUtc(local) : local;
        return value ?? new ValueProblem(`${shown(text)} is a time that the clocks leave out in ${zoneName}`);
      }
      return new ValueProblem(`${shown(text)} is not a date in the form ${texts.join(' or ')}`);
    },
    write: (value) => first?.write(first.timed ? zone.fromUtc(String(value)) : String(value)) ?? String(value),
  };
}

function attempt<T>(pointer: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof DateFormError) throw new ConversionError(pointer, error.message);
    throw error;
  }
}

function booleanConverter({ boolean = { true: [], false: [] } }: Conversion): Converter {
  const known = new Map<string, boolean>();
  for (const [texts, value] of [[boolean.true, true] as const, [boolean.false, false] as const]) {
    for (const text of texts) {
      if (known.get(text.toLowerCase()) === !value) throw new ConversionError('/boolean', `"${text}" means both`);
      known.set(text.toLowerCase(), value);
    }
  }
  const words = [...boolean.true, ...boolean.false].map(shown).join(', ');
  return {
    read: (text) => known.get(text.toLowerCase()) ?? new ValueProblem(`${shown(text)} is none of ${words}`),
    write: (value) => (String(value) === 'true' ? boolean.true[0] : boolean.false[0]) ?? String(value),
  };
}

function readJson(text: string): Converted {
  try {
    return JSON.parse(text) as MapValue | object;
  } catch {
    return new ValueProblem(`${shown(text)} is not JSON`);
  }
}

/** A value that needs no conversion as text. */
function plainText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A text within a message: in quotes, cut where it is long. */
export function shown(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}...` : text}"`;
}
