// Numbers within JSON fields that no JavaScript number is: they are read as ExactNumber and written back digit for digit (jsonText). Everything else
// is JSON.parse and JSON.stringify. (64-bit integers and decimals of records are text in both directions and never come here.)

const NUMBER = '-?\\d+(?:\\.\\d+)?(?:[eE][-+]?\\d+)?';
const TOKEN = new RegExp(`"(?:[^"\\\\]|\\\\.)*"|${NUMBER}`, 'g');
const WHOLE = new RegExp(`^${NUMBER}$`);
/** Begins with NUL, which no text of the service has. */
const MARK = '\\u0000exact:';
const MARKED = new RegExp(`"\\\\u0000exact:(${NUMBER})"`, 'g');

/** A number with more digits than a JavaScript number holds, of a JSON field. */
export class ExactNumber {
  /** As it stands in JSON. */
  readonly text: string;

  /** Throws RangeError for what is no number of JSON. */
  constructor(text: string) {
    if (!WHOLE.test(text)) throw new RangeError(`${text} is no number`);
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** For a program's own JSON.stringify the digits as text: a number would be rounded by whoever reads it. jsonText() writes the number. */
  toJSON(): string {
    if (!writing) return this.text;
    marked = true;
    return `\0exact:${this.text}`;
  }
}

/** Throws SyntaxError for what is no JSON. */
export function readJson(text: string): unknown {
  let found = false;
  const marked = text.replace(TOKEN, (token) => {
    if (token.startsWith('"') || sameNumber(token, String(Number(token)))) return token;
    found = true;
    return `"${MARK}${token}"`;
  });
  if (!found) return JSON.parse(text);
  return JSON.parse(marked, (_, value) =>
    typeof value === 'string' && value.startsWith('\0exact:') ? new ExactNumber(value.slice(7)) : value,
  );
}

/** While jsonText() is at it, which is interrupted by itself alone; and whether it has met an exact number. */
let [writing, marked] = [false, false];

/** As JSON.stringify, with exact numbers digit for digit; `indent` as there. Throws TypeError for what has no JSON, such as undefined. */
export function jsonText(value: unknown, indent?: number): string {
  const around = [writing, marked] as const;
  [writing, marked] = [true, false];
  try {
    const text = JSON.stringify(value, null, indent) as string | undefined;
    if (text === undefined) throw new TypeError(`${String(value)} cannot be written as JSON`);
    return marked ? text.replace(MARKED, '$1') : text;
  } finally {
    [writing, marked] = around;
  }
}

const sameNumber = (one: string, other: string): boolean => one === other || plain(one) === plain(other);

/** Digits without zeros at either end, and the power of ten that they are multiplied by. */
function plain(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d*)\.?(\d*)(?:e(.+))?$/i.exec(text) ?? [text];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  // Of a number that is too large JavaScript makes Infinity.
  if (kept === '') return text.startsWith('-I') || text.startsWith('I') ? text : '0';
  return `${sign}${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
