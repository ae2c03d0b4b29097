// How two column types relate, from their text in a column definition. It must not ask a database.

/** Whether a stored column can take another type in place: `widening` neither rewrites the table nor loses anything. */
export function compareColumnTypes(before: string, after: string): 'same' | 'widening' | 'lossy' {
  if (before === after) return 'same';
  const [from, to] = [numericModifiers(before), numericModifiers(after)];
  if (from === null || to === null) return 'lossy';
  // PostgreSQL rewrites the table when the scale changes; with equal scale and more precision it changes the catalogue only.
  return from.scale === to.scale && to.precision >= from.precision ? 'widening' : 'lossy';
}

function numericModifiers(type: string): { precision: number; scale: number } | null {
  const match = /^numeric\((\d+),\s*(\d+)\)$/.exec(type);
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) };
}
