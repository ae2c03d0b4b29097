// Whether one CHECK condition surely holds wherever another held, read from their text: longer lists, looser bounds.
// It answers false when it does not know; the caller then looks at the stored rows. No SQL is run here.

interface Token {
  readonly text: string;
  readonly kind: 'word' | 'number' | 'string' | 'mark';
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|-?\d+(?:\.\d+)?|[A-Za-z_]\w*|<=|>=|<>|::|\S/g;

const NEGATION = /(?<!\bis\s+)\bnot\b|<>|!/i;

/** True when every row that fits `before` fits `after`, judging by upper and lower bounds and lists of string literals. */
export function isWiderCheck(before: string, after: string): boolean {
  if (before === after) return true;
  // Under a negation a longer list or a looser bound is narrower.
  if (NEGATION.test(after)) return false;
  const old = tokens(before);
  const next = tokens(after);
  let i = 0;
  let j = 0;
  while (i < old.length && j < next.length) {
    const [a, b] = [old[i] as Token, next[j] as Token];
    if (a.kind === 'string' && b.kind === 'string') {
      const [list, longer] = [literalList(old, i), literalList(next, j)];
      if (!list.values.every((value) => longer.values.includes(value))) return false;
      i = list.end;
      j = longer.end;
      continue;
    }
    if (a.text !== b.text && !isLooserBound(old[i - 1]?.text, a, b)) return false;
    i += 1;
    j += 1;
  }
  return i === old.length && j === next.length;
}

function tokens(condition: string): Token[] {
  return (condition.match(TOKEN) ?? []).map((text) => ({ text, kind: kindOf(text) }));
}

function kindOf(text: string): Token['kind'] {
  if (text.startsWith("'")) return 'string';
  if (/^-?\d/.test(text)) return 'number';
  return /^[A-Za-z_"]/.test(text) ? 'word' : 'mark';
}

/** Literals separated by commas from `start` on; a cast between them ends the list, which is the safe side. */
function literalList(all: readonly Token[], start: number): { values: string[]; end: number } {
  const values = [(all[start] as Token).text];
  let end = start + 1;
  while (all[end]?.text === ',' && all[end + 1]?.kind === 'string') {
    values.push((all[end + 1] as Token).text);
    end += 2;
  }
  return { values, end };
}

/** Number() is monotone, so that a strict order of the doubles is the order of the exact numbers. */
function isLooserBound(operator: string | undefined, before: Token, after: Token): boolean {
  if (before.kind !== 'number' || after.kind !== 'number') return false;
  if (operator === '<=' || operator === '<') return Number(after.text) > Number(before.text);
  if (operator === '>=' || operator === '>') return Number(after.text) < Number(before.text);
  return false;
}
