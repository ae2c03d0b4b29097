// The link to the rest of an expanded collection: the same records asked for as a list of their own, filtered by the lookup that
// holds them, or as the record's collection where no property of theirs says whose they are. Printed around the record's id,
// which only PostgreSQL knows.
import type { EntityType } from '@kartoteka/metadata';
import type { ExpandNode } from '../plan/read-plan.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { encodeOption } from '../shape.ts';

/** The text between the root of the service and the record's id, and the text after it. */
export interface ExpandLink {
  readonly before: string;
  readonly after: string;
}

/** The item's own options, continued after `shown` records. `outer`: the entity of the record that is expanded. */
export function expandLink(outer: EntityType, expand: ExpandNode, shown: number): ExpandLink {
  const { navigation, form, select, raw, query, page } = expand;
  const { property, discriminator, junction, through, name } = navigation;
  const top = query?.top ?? null;
  const rest = [...(top === null ? [] : [`$top=${top - page}`]), `$skip=${shown}`];
  const references = form === 'references';
  if (junction !== undefined || through !== undefined || references) {
    const options = [...kept(raw, ['compute', 'filter', 'search', 'select', 'expand', 'orderby', 'count']), ...rest];
    return { before: `/${outer.set}(`, after: `)/${name}${references ? '/$ref' : ''}?${options.join('&')}` };
  }
  const type = discriminator === undefined ? '' : `${discriminator.property} eq '${discriminator.value}' and `;
  const filter = raw.filter === undefined ? '' : encodeOption(` and (${raw.filter})`);
  return {
    before: `/${select.entity.set}?$filter=${encodeOption(`${type}${property} eq `)}`,
    after: [filter, ...kept(raw, ['compute', 'search', 'select', 'expand', 'orderby', 'count']), ...rest].join('&'),
  };
}

function kept(raw: QueryOptions, names: readonly (keyof QueryOptions)[]): readonly string[] {
  return names.flatMap((name) => (raw[name] === undefined ? [] : [`$${name}=${encodeOption(raw[name])}`]));
}
