// Cells of one record: text to cells and cells to text (RFC 4180). A quote within a cell that does not begin with one is text,
// as spreadsheets read it: ООО "Ромашка". Where records end is the record scanner's business.

/** Splits a record that the scanner found complete. */
export function splitRecord(text: string, delimiter: string, quote: string): string[] {
  if (!text.includes(quote)) return text.split(delimiter);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    const end = text[at] === quote ? closingQuote(text, at + 1, quote) + 1 : cellEnd(text, at, delimiter);
    const cell = text.slice(at, end);
    cells.push(text[at] === quote ? cell.slice(1, -1).replaceAll(quote + quote, quote) : cell);
    if (end >= text.length) return cells;
    at = end + 1;
  }
}

function cellEnd(text: string, at: number, delimiter: string): number {
  const end = text.indexOf(delimiter, at);
  return end < 0 ? text.length : end;
}

function closingQuote(text: string, from: number, quote: string): number {
  let at = text.indexOf(quote, from);
  while (at >= 0 && text[at + 1] === quote) at = text.indexOf(quote, at + 2);
  return at < 0 ? text.length : at;
}

/** One cell as it stands in a file: quoted where it must be. */
export function cellText(cell: string, delimiter: string, quote: string): string {
  const needed = cell.includes(delimiter) || cell.includes(quote) || cell.includes('\n') || cell.includes('\r');
  if (!needed) return cell;
  return quote + cell.replaceAll(quote, quote + quote) + quote;
}

/** A record without its line end. One empty cell alone is quoted, or it would be a blank line. */
export function recordText(cells: readonly string[], delimiter: string, quote: string): string {
  if (cells.length === 1 && cells[0] === '') return quote + quote;
  return cells.map((cell) => cellText(cell, delimiter, quote)).join(delimiter);
}
