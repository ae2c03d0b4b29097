// The link to the rest of an expanded collection: the same records asked for as a list of their own, filtered by the
// lookup that holds them. Printed around the parent's id, which only PostgreSQL knows.
import type { ExpandNode } from '../plan/read-plan.ts';
import { encodeOption } from '../shape.ts';

/** Everything between the root of the service and the parent's id. */
export function nextLinkPrefix(expand: ExpandNode): string {
  const { property, discriminator } = expand.navigation;
  const type = discriminator === undefined ? '' : `${discriminator.property} eq '${discriminator.value}' and `;
  return `/${expand.select.entity.set}?$filter=${encodeOption(`${type}${property} eq `)}`;
}

/** Everything after the parent's id: the item's own options, continued after `shown` records. */
export function nextLinkSuffix(expand: ExpandNode, shown: number): string {
  const { raw, query, page } = expand;
  const filter = raw.filter === undefined ? '' : encodeOption(` and (${raw.filter})`);
  const kept = (['select', 'expand', 'orderby', 'count'] as const).map((name) =>
    raw[name] === undefined ? '' : `&$${name}=${encodeOption(raw[name])}`,
  );
  const top = query?.top ?? null;
  return `${filter}${kept.join('')}${top === null ? '' : `&$top=${top - page}`}&$skip=${shown}`;
}
