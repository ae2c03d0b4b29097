// Texts within OData queries and within URLs.

/** A string literal of `$filter`. */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A path with query options, encoded. */
export function query(set: string, options: Readonly<Record<string, string>>): string {
  const parts = Object.entries(options).map(([name, value]) => `$${name}=${encodeURIComponent(value)}`);
  return parts.length === 0 ? set : `${set}?${parts.join('&')}`;
}
