// Names of what an administrator adds: derived from the label as it is typed, with the prefix of custom names. Pure; that a name is free
// in the whole Model, the service says.

const LATIN: Readonly<Record<string, string>> = {
  ...{ а: 'a', б: 'b', в: 'v', г: 'g', д: 'd', е: 'e', ё: 'e', ж: 'zh', з: 'z', и: 'i', й: 'y', к: 'k', л: 'l' },
  ...{ м: 'm', н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh' },
  ...{ ß: 'ss', щ: 'sch', ъ: '', ы: 'y', ь: '', э: 'e', ю: 'yu', я: 'ya' },
};

/** Names are cut here, so that what is derived from them (`_currency`, `_base`) fits into an identifier of the database. */
const LONGEST = 48;
const PATTERN = /^[A-Za-z][A-Za-z0-9_]*$/;

/** A name for what has the label: `Expected margin` is `x_expected_margin`, `Маржа` `x_marzha`; one that is taken gets a number. */
export function nameFor(label: string, taken: Iterable<string>, prefix = 'x_'): string {
  const letters = [...label.toLowerCase()].map((letter) => LATIN[letter] ?? letter).join('');
  const plain = letters.normalize('NFD').replace(/\p{M}/gu, '');
  const words = plain.replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '');
  if (words === '') return '';
  const name = `${prefix}${words}`.slice(0, LONGEST).replace(/_+$/, '');
  const used = new Set([...taken].map((each) => each.toLowerCase()));
  let free = name;
  for (let number = 2; used.has(free); number += 1) free = `${name}_${number}`;
  return free;
}

/** What is wrong with a name: a key of the texts; undefined: nothing that can be seen here. */
export function nameProblem(
  name: string,
  taken: Iterable<string>,
  prefixes: readonly string[] = ['x_'],
): 'required' | 'pattern' | 'prefix' | 'too_long' | 'taken' | undefined {
  if (name === '') return 'required';
  if (!PATTERN.test(name)) return 'pattern';
  if (!prefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)) return 'prefix';
  if (name.length > LONGEST) return 'too_long';
  const lower = name.toLowerCase();
  return [...taken].some((each) => each.toLowerCase() === lower) ? 'taken' : undefined;
}
