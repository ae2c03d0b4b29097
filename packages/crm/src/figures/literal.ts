// Values as $filter writes them, for links to the records behind a figure.
import { exactJsonText } from '@kartoteka/metadata';

/** The value as $filter writes it. */
export function literal(value: unknown, type: string | undefined): string {
  if (value === null) return 'null';
  if (type === 'Edm.String') return `'${String(value).replaceAll("'", "''")}'`;
  if (type === 'Edm.Duration') return `duration'${String(value)}'`;
  return typeof value === 'string' ? value : exactJsonText(value);
}
