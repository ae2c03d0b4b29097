// Texts made of several columns: `{product}[, {account}]`. A part in [] is left out when a column in it is empty; a name may
// carry one of lower, upper, slug (`{agent|slug}@sales.example`); \ before { } [ ] | \ takes their meaning away.

/** Thrown for a template that cannot be read. */
export class TemplateError extends Error {}

type Piece = string | { readonly column: string; readonly change: (text: string) => string };

const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  slug: (text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '.')
      .replaceAll(/^\.|\.$/g, ''),
};

export class Template {
  /** Parts in [] are arrays. */
  readonly #pieces: readonly (Piece | readonly Piece[])[];
  readonly columns: readonly string[];

  /** @throws TemplateError */
  constructor(text: string) {
    const reader = new PieceReader(text);
    this.#pieces = reader.all();
    this.columns = reader.columns;
    if (this.columns.length === 0) throw new TemplateError('it names no column: use constants for fixed texts');
  }

  /** The text; empty when all its columns are. */
  fill(textOf: (column: string) => string): string {
    if (this.columns.every((column) => textOf(column) === '')) return '';
    const text = (piece: Piece): string => (typeof piece === 'string' ? piece : piece.change(textOf(piece.column)));
    return this.#pieces
      .map((piece) => {
        if (typeof piece === 'string' || !('length' in piece)) return text(piece as Piece);
        const empty = piece.some((each) => typeof each !== 'string' && textOf(each.column) === '');
        return empty ? '' : piece.map(text).join('');
      })
      .join('');
  }
}

class PieceReader {
  readonly #text: string;
  #at = 0;
  readonly columns: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  all(): (Piece | readonly Piece[])[] {
    const pieces: (Piece | readonly Piece[])[] = [];
    while (this.#at < this.#text.length) {
      if (this.#text[this.#at] === '[') pieces.push(this.#section());
      else pieces.push(this.#piece());
    }
    return pieces;
  }

  #section(): readonly Piece[] {
    this.#at += 1;
    const pieces: Piece[] = [];
    while (this.#text[this.#at] !== ']') {
      if (this.#at >= this.#text.length) throw new TemplateError('a [ has no ]');
      if (this.#text[this.#at] === '[') throw new TemplateError('[ ] do not stand within each other');
      pieces.push(this.#piece());
    }
    this.#at += 1;
    if (!pieces.some((piece) => typeof piece !== 'string')) throw new TemplateError('a part in [] names no column');
    return pieces;
  }

  #piece(): Piece {
    const char = this.#text[this.#at] as string;
    if (char === '{') return this.#column();
    if (char === ']' || char === '}') throw new TemplateError(`a ${char} has no beginning (\\${char} for itself)`);
    return this.#plain();
  }

  #plain(): string {
    let plain = '';
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text[this.#at] as string;
      if ('{}[]'.includes(char)) break;
      if (char === '\\') this.#at += 1;
      plain += this.#text[this.#at] ?? '';
    }
    return plain;
  }

  #column(): Piece {
    let name = '';
    let change: string | null = null;
    for (this.#at += 1; this.#text[this.#at] !== '}'; this.#at += 1) {
      let char = this.#text[this.#at];
      if (char === '|' && change === null) {
        change = '';
        continue;
      }
      if (char === '\\') {
        this.#at += 1;
        char = this.#text[this.#at];
      }
      if (char === undefined) throw new TemplateError('a { has no }');
      if (change === null) name += char;
      else change += char;
    }
    this.#at += 1;
    const known =
      change === null ? (text: string) => text : Object.hasOwn(CHANGES, change) ? CHANGES[change] : undefined;
    if (known === undefined) throw new TemplateError(`there is no ${change}: use ${Object.keys(CHANGES).join(', ')}`);
    this.columns.push(name.trim());
    return { column: name.trim(), change: known };
  }
}
