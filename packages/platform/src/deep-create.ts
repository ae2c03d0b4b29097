// POST of a record that brings related new records along (OData 4.01 Part 1, 11.4.2.2): what it answers, and which record of the
// body an error is about. The writes are in bulk/deep-insert.ts.
import type { EntityType } from '@kartoteka/metadata';
import { insertDeep } from './bulk/deep-insert.ts';
import { type DeepNode, deepNodes } from './bulk/deep-nodes.ts';
import { refuseFailed } from './bulk/refusal.ts';
import { PlatformError } from './errors.ts';
import { withExplanations } from './explain/links.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { EXPAND_PAGE } from './plan/expand.ts';
import { mayUse } from './plan/secured.ts';
import { targetOf } from './plan/targets.ts';
import type { EngineResponse } from './platform-types.ts';
import { type ExpandItem, FORM_PATHS, parseExpand } from './request/expand.ts';
import type { Payload } from './request/payload.ts';
import type { Timing } from './shape.ts';
import { answerOf, created, writeEnvironment } from './write-response.ts';

/** Whether the body brings more than the record itself. */
export function isDeep({ nested, adopted }: Payload): boolean {
  return nested !== undefined || adopted !== undefined;
}

/** 201 with the records that were made expanded, or 204. Throws the first record's error with those of the others as details. */
export async function createDeep(
  env: RequestEnvironment,
  entity: EntityType,
  payload: Payload,
  timing: Timing,
): Promise<EngineResponse> {
  const { request, model, principal } = env;
  const nodes = deepNodes(model, entity, payload);
  const answer = answerOf(env, entity, 'representation', (expand) => withNested(env, entity, payload, expand));
  timing.mark('parse');
  const { representation } = answer;
  const insert = { principal, client: request.client, nodes, representation };
  const done = await insertDeep(writeEnvironment(env), insert);
  timing.mark('write');
  if ('result' in done) return created(env, entity, answer, done.result, timing);
  const outcomes = await withExplanations(env, done.refused, () => null);
  const failed = outcomes.filter((outcome) => outcome instanceof PlatformError);
  // What is wrong with the outermost record alone is said as if it had come alone.
  if (failed.length === 1 && outcomes[0] instanceof PlatformError) throw outcomes[0];
  refuseFailed(outcomes, (index, target) => placeOf(nodes, index, target));
  throw new Error('a deep insert was refused without an error');
}

/** `contacts/1/email`; the set of the outermost record where nothing in particular is meant. */
function placeOf(nodes: readonly DeepNode[], index: number, target: string | undefined): string {
  const { place = '', entity } = nodes[index] ?? {};
  return [place, target ?? ''].filter((part) => part !== '').join('/') || (entity?.set ?? '');
}

/** The $expand of the answer: at least what the body brought along, of that what the reader may see; see 11.4.2.2. */
function withNested(
  env: RequestEnvironment,
  entity: EntityType,
  payload: Payload,
  expand: string | undefined,
): string | undefined {
  const items = merged(env, entity, payload, expand === undefined ? [] : parseExpand(expand), 1);
  return items.length === 0 ? undefined : items.map(printed).join(',');
}

interface Expansion {
  readonly navigation: string;
  /** What follows its name where no records are shown: `/$ref`. */
  readonly form: string;
  /** The item's own options but $expand, as written. */
  readonly options: readonly string[];
  readonly expand: readonly Expansion[];
}

function merged(
  env: RequestEnvironment,
  entity: EntityType,
  payload: Payload,
  given: readonly (ExpandItem | Expansion)[],
  level: number,
): readonly Expansion[] {
  const items = new Map(given.map((item) => [item.navigation, expansionOf(item)]));
  for (const { navigation } of [...(payload.nested ?? []), ...(payload.adopted ?? [])]) {
    const { name } = navigation;
    if (items.has(name) || !isShown(env, entity, navigation)) continue;
    const options = navigation.collection && level > FULL_LEVELS ? [`$top=${pageOf(payload, name)}`] : [];
    items.set(name, { navigation: name, form: '', options, expand: [] });
  }
  for (const { navigation, records } of payload.nested ?? []) {
    const item = items.get(navigation.name);
    // References, numbers and levels are shown as they were asked for.
    if (item === undefined || item.form !== '' || item.options.some((option) => option.startsWith('$levels=')))
      continue;
    const target = targetOf(env.model, navigation);
    const expand = records.reduce(
      (found: readonly Expansion[], record) => merged(env, target, record.payload, found, level + 1),
      item.expand,
    );
    items.set(navigation.name, { ...item, expand });
  }
  return [...items.values()];
}

/** Levels whose collections are expanded with pages of the usual size; below, an answer could hold too many records. */
const FULL_LEVELS = 2;

/** As many as the body brings, and the one from which a link of a new record leads back. */
function pageOf({ nested = [], adopted = [], links }: Payload, name: string): number {
  const brought = nested.filter(({ navigation }) => navigation.name === name).map(({ records }) => records.length);
  const there = [...adopted, ...links]
    .filter(({ navigation }) => navigation.name === name)
    .map(({ ids }) => ids.length);
  return Math.min(
    EXPAND_PAGE.nested,
    [...brought, ...there].reduce((sum, count) => sum + count, 1),
  );
}

function expansionOf(item: ExpandItem | Expansion): Expansion {
  if (Array.isArray(item.options)) return item as Expansion;
  const { navigation, form, options } = item as ExpandItem;
  const own = Object.entries(options.raw).filter(([name]) => name !== 'expand');
  return {
    navigation,
    form: FORM_PATHS[form],
    options: own.map(([name, value]) => `$${name}=${value}`),
    expand: options.expand.map(expansionOf),
  };
}

/** Whether the creator may read such records, and what leads to them. */
function isShown(
  { model, principal }: RequestEnvironment,
  entity: EntityType,
  navigation: Payload['links'][number]['navigation'],
): boolean {
  const target = targetOf(model, navigation);
  if (!principal.access(target.name, 'read').granted) return false;
  const holder = navigation.collection ? target : entity;
  const property = holder.properties.get(navigation.property);
  return property !== undefined && mayUse(principal, holder, property, 'read');
}

function printed({ navigation, form, options, expand }: Expansion): string {
  const all = expand.length === 0 ? options : [...options, `$expand=${expand.map(printed).join(',')}`];
  return all.length === 0 ? navigation + form : `${navigation}${form}(${all.join(';')})`;
}
