// Days and moments as people read and write them: a moment is shown in a time zone, and what is written is meant in it. Days have
// no zone. Only clock and calendar; no component.

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/** The time zone of the browser. */
export const browserZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-22` as people read it; what is no day as it is. */
export function formatDay(value: unknown, locale: string): string {
  const text = String(value);
  if (!DAY.test(text)) return text;
  return formatOf(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${text}T00:00:00Z`));
}

/** A moment as people read it in a time zone; what is none as it is. */
export function formatMoment(value: unknown, locale: string, timeZone: string, withSeconds = false): string {
  const at = new Date(String(value));
  if (Number.isNaN(at.getTime())) return String(value);
  return formatOf(locale, { dateStyle: 'medium', timeStyle: withSeconds ? 'medium' : 'short', timeZone }).format(at);
}

/** Milliseconds that a time zone is ahead of UTC at a moment. */
function offsetAt(timeZone: string, at: number): number {
  const format = formatOf('en-u-ca-iso8601-nu-latn', {
    ...{ timeZone, hourCycle: 'h23', era: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => Number(parts.get(name));
  const local = new Date(0);
  local.setUTCFullYear(parts.get('era') === 'BC' ? 1 - part('year') : part('year'), part('month') - 1, part('day'));
  local.setUTCHours(part('hour'), part('minute'), part('second'));
  return local.getTime() - Math.floor(at / 1000) * 1000;
}

/** What the clock of a time zone shows at a moment, `2026-11-22 10:00:00`; undefined for what is no moment. */
export function wallTime(moment: unknown, timeZone: string): string | undefined {
  const at = new Date(String(moment)).getTime();
  if (Number.isNaN(at)) return undefined;
  const local = new Date(at + offsetAt(timeZone, at)).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)}`;
}

/**
 * The moment (`2026-11-22T07:00:00Z`) at which the clock of a time zone shows a time (`2026-11-22 10:00:00`). A time that comes
 * twice is its first, one that is left out is as much later.
 */
export function momentAt(wall: string, timeZone: string): string | undefined {
  const local = new Date(`${wall.replace(' ', 'T')}Z`).getTime();
  if (Number.isNaN(local)) return undefined;
  const before = offsetAt(timeZone, local - 86_400_000);
  const after = offsetAt(timeZone, local + 86_400_000);
  // Around a change of the clock the two candidates differ; one that shows the wanted time again is right, the earlier one first.
  const candidates = [local - before, local - after].sort((a, b) => a - b);
  const found = candidates.find((at) => at + offsetAt(timeZone, at) === local) ?? local - before;
  return new Date(found).toISOString().replace('.000Z', 'Z');
}
