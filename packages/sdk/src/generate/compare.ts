// Two sets of facts -> what has changed between them, in words, and whether programs made with the first still fit the second.
import type { Fact, Facts } from './facts.ts';

export interface Change {
  readonly path: string;
  readonly breaking: boolean;
  /** What follows the path in a sentence. */
  readonly words: string;
}

/** By path, breaking ones first. Of a set that comes or goes there is one line. */
export function changesBetween(before: Facts, after: Facts): readonly Change[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changes = paths.flatMap((path) => {
    const set = path.split(/[/#:]/)[0] ?? '';
    const isPart = path !== set && set !== '';
    if (isPart && (before[set] === undefined || after[set] === undefined)) return [];
    return changesOf(before[path], after[path]).map((change) => ({ path, ...change }));
  });
  return changes.sort((a, b) => Number(b.breaking) - Number(a.breaking));
}

type Found = Omit<Change, 'path'>;

const breaking = (words: string): Found => ({ breaking: true, words });
const harmless = (words: string): Found => ({ breaking: false, words });

function changesOf(before: Fact | undefined, after: Fact | undefined): readonly Found[] {
  if (before === undefined) return after === undefined ? [] : [added(after)];
  if (after === undefined) return [breaking('is gone')];
  if (before.is !== after.is) return [breaking(wordsOfIs(before.is, after.is))];
  return [...nullability(before, after), ...writing(before, after), ...valueChanges(before, after)];
}

function added({ create }: Fact): Found {
  return create === 'needed' ? breaking('is new, and required in a create') : harmless('is new');
}

function wordsOfIs(before: string, after: string): string {
  // Signatures of operations say little to people.
  return /^(?:action|function|list) /.test(before)
    ? 'takes or answers something else'
    : `is another type: ${after} instead of ${before}`;
}

function nullability(before: Fact, after: Fact): readonly Found[] {
  if (before.nullable === after.nullable) return [];
  if (after.nullable === true) return [breaking('may be null now')];
  const isWritten = after.create !== undefined || after.update === true;
  return [isWritten ? breaking('cannot be null any more') : harmless('is never null any more')];
}

function writing(before: Fact, after: Fact): readonly Found[] {
  const found: Found[] = [];
  if (before.create !== 'needed' && after.create === 'needed') found.push(breaking('is required in a create now'));
  if (before.create === 'needed' && after.create === 'optional')
    found.push(harmless('is no longer required in a create'));
  if (before.create !== undefined && after.create === undefined)
    found.push(breaking('is no longer written by a create'));
  if (before.create === undefined && after.create === 'optional')
    found.push(harmless('can be written by a create now'));
  if (before.update === true && after.update !== true) found.push(breaking('is no longer written by an update'));
  if (before.update !== true && after.update === true) found.push(harmless('can be written by an update now'));
  return found;
}

function valueChanges(before: Fact, after: Fact): readonly Found[] {
  const shown = valuesChange(before.values, after.values, 'value');
  if (before.create === undefined && before.update !== true) return shown;
  const [old, next] = [before.taken ?? before.values, after.taken ?? after.values];
  const told = new Set(shown.map(({ words }) => words));
  return [
    ...shown,
    ...valuesChange(old, next, 'value')
      .filter(({ words }) => !told.has(words))
      .map(toWrite),
  ];
}

const toWrite = ({ words, ...found }: Found): Found => ({ ...found, words: `${words}, to write` });

function valuesChange(
  before: readonly string[] | undefined,
  after: readonly string[] | undefined,
  what: string,
): readonly Found[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [breaking(`takes certain ${what}s only: ${after?.join(', ')}`)];
  if (after === undefined) return [harmless(`takes any ${what} now`)];
  const gone = before.filter((value) => !after.includes(value));
  const more = after.filter((value) => !before.includes(value));
  return [
    ...(gone.length === 0 ? [] : [breaking(`has lost the ${what} ${gone.join(', ')}`)]),
    ...(more.length === 0 ? [] : [harmless(`has the new ${what} ${more.join(', ')}`)]),
  ];
}
