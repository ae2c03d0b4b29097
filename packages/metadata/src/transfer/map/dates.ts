// Dates and times in the forms that files write them, to and from what the service takes: YYYY-MM-DD, or a timestamp with
// offset. Forms are made of YYYY MM M DD D HH H mm ss; everything else stands for itself.

/** Thrown for a form or zone that cannot be. */
export class DateFormError extends Error {}

type Part = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

const TOKENS: readonly (readonly [string, Part, string, number])[] = [
  ['YYYY', 'year', '\\d{4}', 4],
  ['MM', 'month', '\\d{2}', 2],
  ['DD', 'day', '\\d{2}', 2],
  ['HH', 'hour', '\\d{2}', 2],
  ['mm', 'minute', '\\d{2}', 2],
  ['ss', 'second', '\\d{2}', 2],
  ['M', 'month', '\\d{1,2}', 1],
  ['D', 'day', '\\d{1,2}', 1],
  ['H', 'hour', '\\d{1,2}', 1],
];

const OPTIONAL_PARTS: Readonly<Partial<Record<Part, string>>> = { minute: '00', second: '00' };

/** One form, e.g. `DD.MM.YYYY`. */
export class DateForm {
  readonly #pattern: RegExp;
  readonly #parts: readonly (string | { readonly part: Part; readonly width: number })[];
  /** Whether the form has a time of day. */
  readonly timed: boolean;

  /** @throws DateFormError */
  constructor(form: string) {
    const parts: (string | { part: Part; width: number })[] = [];
    let source = '';
    for (let at = 0; at < form.length; ) {
      const token = TOKENS.find(([text]) => form.startsWith(text, at));
      if (token === undefined) {
        const char = form.charAt(at);
        if (/[A-Za-z]/.test(char) && char !== 'T')
          throw new DateFormError(`"${char}" is no part of a date (YYYY MM DD HH mm ss)`);
        source += `\\u{${char.charCodeAt(0).toString(16)}}`;
        parts.push(char);
        at += 1;
        continue;
      }
      const [text, part, pattern, width] = token;
      if (parts.some((other) => typeof other !== 'string' && other.part === part)) {
        throw new DateFormError(`the ${part} stands in it twice`);
      }
      parts.push({ part, width });
      source += `(?<${part}>${pattern})`;
      at += text.length;
    }
    const has = (part: Part): boolean => parts.some((other) => typeof other !== 'string' && other.part === part);
    for (const part of ['year', 'month', 'day'] as const) if (!has(part)) throw new DateFormError(`it has no ${part}`);
    if (!has('hour') && (has('minute') || has('second'))) throw new DateFormError('it has minutes but no hours');
    this.#parts = parts;
    this.timed = has('hour');
    this.#pattern = new RegExp(`^${source}$`, 'u');
  }

  /** `2017-03-01` or, with a time, `2017-03-01T09:30:00`; undefined when the text has another form. */
  read(text: string): string | undefined {
    const found = this.#pattern.exec(text)?.groups;
    if (found === undefined) return undefined;
    const two = (part: Part): string => (found[part] ?? OPTIONAL_PARTS[part] ?? '').padStart(2, '0');
    const date = `${found.year}-${two('month')}-${two('day')}`;
    const day = new Date(`${date}T00:00:00Z`);
    // A day that the calendar does not have rolls over or is invalid.
    if (Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return undefined;
    if (!this.timed) return date;
    const time = `${two('hour')}:${two('minute')}:${two('second')}`;
    return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(time) ? `${date}T${time}` : undefined;
  }

  /** Text of a local date or time in the shape that `read` gives. */
  write(local: string): string {
    const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d))?/.exec(local);
    if (match === null) return local;
    const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match;
    const values: Readonly<Record<Part, string>> = { year, month, day, hour, minute, second };
    const text = (part: string | { part: Part; width: number }): string =>
      typeof part === 'string' ? part : part.width === 1 ? String(Number(values[part.part])) : values[part.part];
    return this.#parts.map(text).join('');
  }
}

const QUARTER = 900_000;
const SINCE_UTC = Date.UTC(1972, 0, 1);
const MOST_KNOWN = 50_000;

/** A time zone: an offset or a name of the IANA database. */
export class Zone {
  readonly #offset: number | null;
  readonly #format: Intl.DateTimeFormat | null;
  /** Quarter of an hour -> offset: asking takes longer than everything else about a row. */
  readonly #known = new Map<number, number>();

  /** @throws DateFormError */
  constructor(name: string) {
    const fixed = /^([+-])(\d\d):(\d\d)$/.exec(name);
    this.#offset = fixed === null ? null : Number(`${fixed[1]}1`) * (Number(fixed[2]) * 60 + Number(fixed[3]));
    try {
      this.#format = fixed === null ? zoneFormat(name) : null;
    } catch {
      throw new DateFormError(`there is no time zone ${name} (Europe/Moscow, +03:00)`);
    }
  }

  /** `2017-03-01T09:30:00` here as `2017-03-01T06:30:00Z`; undefined for a time that a change of clocks leaves out. */
  toUtc(local: string): string | undefined {
    const wall = Date.parse(`${local}Z`);
    // The offset is asked at the guess and once more at what it leads to: clocks may change in between.
    let utc = wall - this.#offsetAt(wall) * 60_000;
    utc = wall - this.#offsetAt(utc) * 60_000;
    if (utc + this.#offsetAt(utc) * 60_000 !== wall) return undefined;
    return `${new Date(utc).toISOString().slice(0, 19)}Z`;
  }

  /** The reverse. */
  fromUtc(timestamp: string): string {
    const utc = Date.parse(timestamp);
    if (Number.isNaN(utc)) return timestamp;
    return new Date(utc + this.#offsetAt(utc) * 60_000).toISOString().slice(0, 19);
  }

  /** Minutes that the zone is ahead of UTC. Clocks have changed at full quarters of an hour since there is UTC. */
  #offsetAt(utc: number): number {
    if (this.#format === null) return this.#offset ?? 0;
    if (utc < SINCE_UTC) return this.#askOffset(this.#format, utc);
    const quarter = Math.floor(utc / QUARTER);
    const known = this.#known.get(quarter);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const offset = this.#askOffset(this.#format, utc);
    this.#known.set(quarter, offset);
    return offset;
  }

  #askOffset(format: Intl.DateTimeFormat, utc: number): number {
    const parts = Object.fromEntries(format.formatToParts(utc).map(({ type, value }) => [type, value]));
    const { year, month, day, hour, minute, second } = parts;
    const wall = Date.parse(`${year?.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}Z`);
    return Math.round((wall - Math.floor(utc / 1000) * 1000) / 60_000);
  }
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  return new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
  });
}
