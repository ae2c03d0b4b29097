// What the parts of the demo's story have in common: records to create, days around the day that it is told, names as addresses.
import type { Random } from './random.ts';
import type { DemoWords } from './words.ts';

/** A record to create. */
export interface DemoRecord {
  /** Null for links, which are known by what they connect. */
  readonly externalId: string | null;
  /** What a demo user or team is called in `refs`; null: who loads the data. */
  readonly owner: string | null;
  /** Lookups: property -> external id of a record that comes before, or what a user or team is called. */
  readonly refs: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
  /** Who has made it; who owns it unless given. */
  readonly author?: string | null;
  /** What `details` of an event hold: values, and ids of records. */
  readonly details?: { readonly values: object; readonly refs: Readonly<Record<string, string>> };
}

/** In which the story is told: the same seed, day and words tell the same. */
export interface Telling {
  readonly random: Random;
  readonly words: DemoWords;
  /** A date, `2026-11-22`. */
  readonly today: string;
}

/** The owner of new enquiries. */
export const TEAM = 'team';

/** Without what is null. */
export function refsOf(refs: Readonly<Record<string, string | null>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(refs).filter((entry): entry is [string, string] => entry[1] !== null));
}

/** External id of the n-th record of a kind. */
export function numbered(kind: string, index: number): string {
  return `demo-${kind}-${String(index + 1).padStart(4, '0')}`;
}

/** The date `days` after a date; both are calendar days, so no time zone plays a part. */
export function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Some minute of a working day. */
export function working({ random, today }: Telling, days: number): string {
  const [hour, minute] = [random.between(8, 16), random.between(0, 59)];
  return `${dayAfter(today, days)}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`;
}

/** When a record was made, and by whom; what is made today was made before anybody looks. */
export function made(telling: Telling, days: number, changed = days): Readonly<Record<string, string>> {
  const at = (day: number): string => working(telling, Math.min(day, -1));
  const created = at(days);
  const [first, last] = [created, changed <= days ? created : at(changed)].toSorted();
  return { created_on: first as string, modified_on: last as string };
}

const LETTERS: Readonly<Record<string, string>> = {
  ...{
    а: 'a',
    б: 'b',
    в: 'v',
    г: 'g',
    д: 'd',
    е: 'e',
    ё: 'e',
    ж: 'zh',
    з: 'z',
    и: 'i',
    й: 'y',
    к: 'k',
    л: 'l',
    м: 'm',
  },
  ...{ н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'kh', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'sch' },
  ...{ ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya', ø: 'o' },
};

/** A name in the letters of addresses. */
export function ascii(name: string): string {
  return [...name.toLowerCase()]
    .map((letter) => LETTERS[letter] ?? letter)
    .join('')
    .normalize('NFD')
    .replace(/[^a-z0-9]/g, '');
}

/** Rounded as people say prices. */
export function rounded(amount: number, step: number): number {
  return Math.max(step, Math.round(amount / step) * step);
}
