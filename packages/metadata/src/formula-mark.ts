// The mark that keeps a spreadsheet from taking a text of a CSV for a formula (OWASP, CSV Injection): an apostrophe in front of what
// begins like one. Pure, and exactly reversible: writers set it and readers take it off.

/** What spreadsheets take for the beginning of a formula, full-width forms and white space that some skip included. */
const STARTS = '=+\\-@\\t\\r\\n\uFF1D\uFF0B\uFF0D\uFF20';
/** A text that has a mark already gets another, so that taking one off gives back what it was. */
const TO_MARK = new RegExp(`^'*[${STARTS}]`);
const MARKED = new RegExp(`^'+[${STARTS}]`);
const NUMBER = /^[+-]?\d[\d.,'’ \u00A0\u202F]*$/;

/** The text as it stands in a cell: no spreadsheet takes it for a formula. */
export function withFormulaMark(text: string): string {
  return TO_MARK.test(text) ? `'${text}` : text;
}

/** The text of a cell that withFormulaMark wrote; one that has no mark is as it was. */
export function withoutFormulaMark(cell: string): string {
  return MARKED.test(cell) ? cell.slice(1) : cell;
}

/** Whether a text is nothing but a number, whatever stands between its digits: as a formula it would come to itself. */
export function isPlainNumber(text: string): boolean {
  return NUMBER.test(text);
}
