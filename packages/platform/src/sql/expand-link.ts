// The link to the rest of an expanded collection: the same records asked for as a list of their own, filtered by the
// lookup that holds them. Printed around the parent's id, which only PostgreSQL knows.
import type { ExpandNode } from '../plan/read-plan.ts';

/** Everything before the parent's id. */
export function nextLinkPrefix(expand: ExpandNode): string {
  return `/${expand.select.entity.set}?$filter=${encodeURIComponent(`${expand.navigation.property} eq `)}`;
}

/** Everything after the parent's id: the item's own options, continued at `skip`. */
export function nextLinkSuffix(expand: ExpandNode, skip: number, page: number): string {
  const raw = expand.raw;
  const filter = raw.filter === undefined ? '' : encodeURIComponent(` and (${raw.filter})`);
  const kept = (['select', 'expand', 'orderby', 'count'] as const).map((name) =>
    raw[name] === undefined ? '' : `&$${name}=${encodeURIComponent(raw[name])}`,
  );
  const top = expand.query?.top ?? null;
  return `${filter}${kept.join('')}${top === null ? '' : `&$top=${top - page}`}&$skip=${skip}`;
}
