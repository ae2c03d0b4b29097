// What the document of a computed field cannot say: options that are about writing, storing or finding a value.
import type { FieldDocument } from './documents.ts';

const MEANINGLESS: Readonly<Record<string, string>> = {
  required: 'A computed value cannot be demanded',
  default: 'A computed value has no default',
  unique: 'A computed value has no column that a key could hold',
  search: 'A computed value is not searched',
  audit: 'A computed value is not in the change log: log what it is computed from',
  read_only_after_create: 'A computed value is never written',
  required_when: 'A computed value cannot be demanded',
  read_only_when: 'A computed value is never written',
};

/** A finding per option that would be ignored. */
export function computedOptionFindings(field: FieldDocument): readonly { pointer: string; reason: string }[] {
  const findings = Object.entries(MEANINGLESS).flatMap(([option, reason]) =>
    field[option] === undefined || field[option] === false ? [] : [{ pointer: `/${option}`, reason }],
  );
  if (field.audit === false) findings.push({ pointer: '/audit', reason: MEANINGLESS.audit ?? '' });
  if (field.read_only === false) findings.push({ pointer: '/read_only', reason: 'A computed value is never written' });
  return findings;
}
