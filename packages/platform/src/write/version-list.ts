// If-Match as a parameter. It judges nothing: which version a record has is known to the statement.

/**
 * The versions an If-Match names as a PostgreSQL array literal of bigints; null when every version passes. What cannot be a
 * version fits no record, so it is left out.
 */
export function versionList(ifMatch: readonly string[] | '*' | null): string | null {
  if (ifMatch === null || ifMatch === '*') return null;
  return `{${ifMatch.filter((version) => /^[0-9]{1,18}$/.test(version)).join(',')}}`;
}
