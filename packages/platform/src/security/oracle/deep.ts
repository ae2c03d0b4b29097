// Records that come in the body of another: each is judged as if it came alone, after those that it names; all of them or none.

import type { Answer } from './answers.ts';
import { answerCreate } from './creates.ts';
import { lookupsTo, relationOf } from './schema.ts';
import { answerLink } from './share-link.ts';
import { lookupOf } from './ways.ts';
import type { Asker, World } from './world.ts';
import type { CreateWrite } from './writes.ts';

export interface DeepNode {
  readonly create: CreateWrite;
  /** New records by the navigation that they stand under: one under a lookup. */
  readonly nested: readonly { readonly navigation: string; readonly records: readonly DeepNode[] }[];
}

export interface DeepWrite {
  readonly op: 'deep';
  readonly entity: string;
  readonly id: string;
  readonly node: DeepNode;
}

interface Step {
  readonly link: readonly [holder: CreateWrite, collection: string, other: CreateWrite] | null;
  readonly create: CreateWrite | null;
}

export function answerDeep(world: World, me: Asker, { node }: DeepWrite): Answer | World {
  const refused: Answer[] = [];
  let next = world;
  for (const { create, link } of stepsOf(node)) {
    const result =
      create !== null
        ? answerCreate(next, me, create)
        : link === null
          ? next
          : answerLink(next, me, {
              ...{ op: 'link', entity: link[0].entity, id: link[0].id },
              ...{ collection: link[1], other: link[2].id },
            });
    if (!('kind' in result)) next = result;
    else {
      refused.push(result);
      // Those that name it are judged as if it were there.
      if (create !== null) next = answerCreate(next, me, create, true) as World;
    }
  }
  return refused.length === 0 ? next : { kind: 'any', of: refused };
}

/** In an order in which each names only what is there. */
function stepsOf({ create, nested }: DeepNode): readonly Step[] {
  const [before, after, links]: [Step[], Step[], Step[]] = [[], [], []];
  let own = create;
  for (const { navigation, records } of nested) {
    const lookup = lookupOf(create.entity, navigation);
    for (const node of records) {
      if (lookup !== null) {
        before.push(...stepsOf(node));
        own = named(own, lookup.field, node.create);
      } else if (relationOf(create.entity, navigation) !== null) {
        before.push(...stepsOf(node));
        links.push({ create: null, link: [create, navigation, node.create] });
      } else {
        const { field } = lookupsTo(create.entity).find(({ lookup: { inverse } }) => inverse === navigation) ?? {
          field: '',
        };
        after.push(...stepsOf({ ...node, create: named(node.create, field, create) }));
      }
    }
  }
  return [...before, { create: own, link: null }, ...links, ...after];
}

const named = (create: CreateWrite, field: string, { entity, id }: CreateWrite): CreateWrite => ({
  ...create,
  lookups: { ...create.lookups, [field]: { entity, id } },
});
