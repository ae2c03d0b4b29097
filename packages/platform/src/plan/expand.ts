// $expand x Model -> ExpandNodes: names resolved, `*` and $levels unfolded. Rights are the authorize step's: what `*` stands for
// may hold more than the reader is shown.
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type ExpandItem, expandText, type NestedOptions, parseExpand } from '../request/expand.ts';
import { PAGE } from '../request/page.ts';
import type { QueryOptions } from '../request/query-options.ts';
import { LIMITS } from '../request/select-expand.ts';
import type { Aliases } from './aliases.ts';
import { planCollection, planCompute } from './collection.ts';
import { type ExpandNode, mostRecords, type SelectNode } from './read-plan.ts';
import { MOST_RECORDS } from './record-limit.ts';
import { planProperties, shownAliases } from './select.ts';
import { targetOf } from './targets.ts';

/**
 * Records of an expanded collection in one answer; a next link offers the rest. `nested`: of a collection within an expanded
 * collection, unless its $top says otherwise; `star`: of one that only `*` names.
 */
export const EXPAND_PAGE = { max: 100, nested: 20, star: 20 } as const;

/** Records that one record shows with $levels=max: no more than let a page of records be answered. */
const MOST_BY_MAX = MOST_RECORDS.without / PAGE.default;

/** Where in the tree of expands something stands. */
export interface Place {
  /** How many expanded collections the record stands in, and how many levels of expands. */
  readonly collections: number;
  readonly level: number;
  /** Navigations that may still be followed in the whole read; below zero: too many. */
  readonly room: { left: number };
}

/** The expands of a read, from the text of its $expand. Throws unknown_property and the errors of the nested options. */
export function planExpandText(model: Model, entity: EntityType, text: string): readonly ExpandNode[] {
  const place = { collections: 0, level: 1, room: { left: LIMITS.unfolded } };
  const nodes = planExpands(model, entity, parseExpand(text), place);
  if (place.room.left < 0) throw limit('navigations in $expand, with those of * and $levels', LIMITS.unfolded);
  return nodes;
}

/** The nodes of the items of one $expand, `*` in the place where it stands. */
export function planExpands(
  model: Model,
  entity: EntityType,
  items: readonly ExpandItem[],
  place: Place,
): readonly ExpandNode[] {
  if (items.length > 0 && place.level > LIMITS.expandDepth) throw limit('$expand depth', LIMITS.expandDepth);
  const named = new Set(items.map(({ navigation }) => navigation));
  return items.flatMap((item) => {
    if (item.navigation !== '*') return planItem(model, entity, item, place);
    const others = [...entity.navigations.values()].filter(
      (navigation) => !named.has(navigation.name) && !leadsNowhere(entity, navigation, item),
    );
    return byLevels(item, place, (levels, at) => planStar(model, others, { ...item, levels }, at));
  });
}

function planItem(model: Model, entity: EntityType, item: ExpandItem, place: Place): readonly ExpandNode[] {
  const navigation = entity.navigations.get(item.navigation);
  if (navigation === undefined) {
    const values = { name: item.navigation, entity: entity.name };
    throw new PlatformError('unknown_property', values, { target: '$expand' });
  }
  if (leadsNowhere(entity, navigation, item)) {
    const what = 'References to the collection of a deleted record';
    throw new PlatformError('not_supported', { what }, { target: '$expand' });
  }
  if (item.levels !== 1) requireRecursion(entity, navigation, item);
  return byLevels(item, place, (levels, at) => [planNode(model, { navigation, item, levels, further: false }, at)]);
}

/** The references of a deleted record's collection are no resource: there would be no way to the rest of them. */
function leadsNowhere(entity: EntityType, { collection }: Navigation, { form }: ExpandItem): boolean {
  return form === 'references' && collection && entity.records === 'deleted';
}

/** $levels follows what leads from a record to others of its kind; the next level is named by it alone. */
function requireRecursion(entity: EntityType, { name, target }: Navigation, { options }: ExpandItem): void {
  if (target !== entity.name) throw invalid(`$levels follows ${name} once only: it leads to records of ${target}`);
  if (options.expand.some(({ navigation }) => navigation === name))
    throw invalid(`${name} is expanded by $levels and within it`);
}

type PlanLevels = (levels: number, place: Place) => readonly ExpandNode[];

/** As many levels as asked for; by `max` as many as the service shows of one record. */
function byLevels({ levels }: ExpandItem, place: Place, plan: PlanLevels): readonly ExpandNode[] {
  if (levels !== 'max') return plan(levels, place);
  for (let tried = LIMITS.expandDepth - place.level + 1; tried > 1; tried -= 1) {
    const room = { left: place.room.left };
    const nodes = plan(tried, { ...place, room });
    if (room.left < 0 || recordsOf(nodes) > MOST_BY_MAX) continue;
    place.room.left = room.left;
    return nodes;
  }
  return plan(1, place);
}

function recordsOf(nodes: readonly ExpandNode[]): number {
  return nodes.reduce((sum, { page, select }) => sum + page * mostRecords(select), 0);
}

const NO_OPTIONS: NestedOptions = {
  ...{ filter: null, search: null, select: null, expand: [], orderBy: [], top: null, skip: 0, count: false, raw: {} },
};

/** Every navigation of a record, and from the second level on every navigation of what they lead to. */
function planStar(
  model: Model,
  navigations: readonly Navigation[],
  star: ExpandItem & { readonly levels: number },
  place: Place,
): readonly ExpandNode[] {
  const { levels, form } = star;
  const below: ExpandItem = { ...star, levels: levels - 1 };
  const raw: QueryOptions = levels > 1 ? { expand: expandText('*', { levels: String(levels - 1) }) } : {};
  const options: NestedOptions = { ...NO_OPTIONS, raw, expand: levels > 1 ? [below] : [] };
  const nodes: ExpandNode[] = [];
  for (const navigation of navigations) {
    // More than may be followed is refused in the end; until then nothing more is planned.
    if (place.room.left < 0) break;
    const item: ExpandItem = { navigation: navigation.name, form, levels: 1, options };
    const node = planNode(model, { navigation, item, levels: 1, further: false }, place);
    nodes.push({ ...node, star: true, page: Math.min(node.page, EXPAND_PAGE.star) });
  }
  return nodes;
}

interface Followed {
  readonly navigation: Navigation;
  readonly item: ExpandItem;
  /** Levels from here on. */
  readonly levels: number;
  /** It is no first level. */
  readonly further: boolean;
}

function planNode(model: Model, followed: Followed, place: Place): ExpandNode {
  const { navigation, item, levels, further } = followed;
  place.room.left -= 1;
  const { options, form } = item;
  if (!navigation.collection) refuseCollectionOptions(item);
  const target = targetOf(model, navigation);
  const aliases = planCompute(model, target, options.raw, true);
  const inner = { ...place, level: place.level + 1, collections: place.collections + (navigation.collection ? 1 : 0) };
  return {
    navigation,
    form,
    select: form === 'records' ? shownSelect(model, target, followed, inner, aliases) : nothingOf(target, aliases),
    query: navigation.collection ? planCollection(model, target, options, true, aliases) : null,
    page: pageOf(navigation, item, place),
    raw: { ...withoutLevels(options.raw), ...(levels > 1 ? { expand: furtherText(followed) } : {}) },
    ...(item.levels === 1 ? {} : { recursion: further ? ('further' as const) : ('first' as const) }),
    ...(item.levels === 'max' ? { breaksCircles: true as const } : {}),
  };
}

function shownSelect(model: Model, target: EntityType, followed: Followed, place: Place, aliases: Aliases): SelectNode {
  const { item, levels } = followed;
  const select = planSelect(model, target, item.options, place, aliases);
  if (levels === 1) return select;
  if (place.level > LIMITS.expandDepth) throw limit('$expand depth', LIMITS.expandDepth);
  const next = planNode(model, { ...followed, levels: levels - 1, further: true }, place);
  return { ...select, expands: [...select.expands, next] };
}

/** What $select, $expand and $compute show of an expanded record. */
function planSelect(
  model: Model,
  entity: EntityType,
  { select, expand }: Pick<NestedOptions, 'select' | 'expand'>,
  place: Place,
  aliases: Aliases,
): SelectNode {
  return { ...planProperties(entity, select, aliases), expands: planExpands(model, entity, expand, place) };
}

/** The $expand by which a list of its own shows what stands below. */
function furtherText({ item, levels, navigation }: Followed): string {
  const below = item.levels === 'max' ? 'max' : String(levels - 1);
  const again = expandText(navigation.name, { ...item.options.raw, levels: below });
  return [item.options.raw.expand, again].filter((text) => text !== undefined).join(',');
}

function withoutLevels({ levels: _levels, ...raw }: QueryOptions): QueryOptions {
  return raw;
}

const NOTHING = { all: false, names: [] };

/** What is computed is named all the same. */
function nothingOf(entity: EntityType, aliases: Aliases): SelectNode {
  const computed = aliases.size === 0 ? {} : { computed: shownAliases(NOTHING, aliases) };
  return { entity, properties: [], named: [], ...computed, expands: [] };
}

function pageOf({ collection }: Navigation, { form, options }: ExpandItem, { collections }: Place): number {
  if (form === 'count') return 0;
  if (!collection) return 1;
  return Math.min(options.top ?? (collections === 0 ? EXPAND_PAGE.max : EXPAND_PAGE.nested), EXPAND_PAGE.max);
}

const COLLECTION_OPTIONS = ['filter', 'search', 'orderby', 'top', 'skip', 'count'] as const;

function refuseCollectionOptions({ navigation, form, options }: ExpandItem): void {
  const given = COLLECTION_OPTIONS.some((name) => options.raw[name] !== undefined);
  if (form === 'count') throw invalid(`${navigation} leads to one record: there is nothing to count`);
  if (given) throw invalid(`${navigation} leads to one record: only $select, $expand, $compute and $levels apply`);
}

function invalid(reason: string): PlatformError {
  return new PlatformError('invalid_option', { name: '$expand', reason }, { target: '$expand' });
}

function limit(name: string, value: number): PlatformError {
  return new PlatformError('limit_exceeded', { limit: name, value: String(value) }, { target: '$expand' });
}
