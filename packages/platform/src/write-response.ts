// The answer of a write: what the client wants to see of the record, how the statement prints it, and the response made of it.
import type { EntityType } from '@kartoteka/metadata';
import { ANNOTATION, type ToldCandidate } from './duplicates/hook.ts';
import { type Formatting, formattingOf, titledFormat, withFormattedValues } from './formatted-values.ts';
import { omitted, type Telling, tell, tellingOf, withIds } from './full-metadata.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { type AuthorizedPlan, authorizeSelect } from './plan/authorize.ts';
import { planSelection } from './plan/read.ts';
import { mostRecords, type SelectNode } from './plan/read-plan.ts';
import { limitRecords } from './plan/record-limit.ts';
import { readableSecured } from './plan/secured.ts';
import type { EngineResponse } from './platform-types.ts';
import { isBrief } from './read-cache.ts';
import { type Format, parseFormat, parsePrefer } from './request/headers.ts';
import { allowOptions, parseQueryOptions, type QueryOptions } from './request/query-options.ts';
import type { Principal } from './security/types.ts';
import {
  contextSelect,
  contextUrl,
  finishRecords,
  header,
  jsonHeaders,
  linkFormat,
  noContent,
  recordBody,
  type Timing,
} from './shape.ts';
import { type Replacement, recordJson, replacements } from './sql/record-json.ts';
import type { executeWrite } from './write/execute.ts';
import type { Representation, WriteResult } from './write/request.ts';

/** Options that say what the answer of a write shows. */
export const ANSWER_OPTIONS: ReadonlySet<keyof QueryOptions> = new Set(['select', 'expand', 'format'] as const);

/** What the client wants back, and how the statement prints it. */
export interface Answer {
  readonly format: Format;
  readonly preferred: 'minimal' | 'representation' | null;
  readonly representation: Representation | null;
  readonly contextSelect: string;
  readonly replacements: readonly Replacement[];
  readonly select: SelectNode | null;
  readonly formatting: Formatting | null;
  readonly telling: Telling | null;
}

/**
 * Throws what the options and headers of the answer are refused with, before anything is done. `expanding` makes the $expand of the
 * answer from that of the request.
 */
export function answerOf(
  env: RequestEnvironment,
  entity: EntityType,
  byDefault: 'minimal' | 'representation',
  expanding?: (expand: string | undefined) => string | undefined,
): Answer {
  const { request, model, principal } = env;
  const asked = parseQueryOptions(request.query);
  allowOptions(asked, ANSWER_OPTIONS);
  const preferences = parsePrefer(header(request, 'prefer'));
  const format = titledFormat(parseFormat(header(request, 'accept'), asked.format, true), preferences);
  const preferred = preferences.return;
  if ((preferred ?? byDefault) === 'minimal' || !principal.access(entity.name, 'read').granted) {
    const nothing = {
      representation: null,
      contextSelect: '',
      replacements: [],
      select: null,
      formatting: null,
      telling: null,
    };
    return { format, preferred, ...nothing };
  }
  const options = expanding === undefined ? asked : withExpand(asked, expanding(asked.expand));
  const selection = planSelection(model, entity, options);
  const plan = authorizeSelect(format.metadata === 'full' ? withIds(selection) : selection, model, principal);
  const select = plan.plan;
  limitRecords(mostRecords(select), principal);
  const representation = representationOf(env, plan, options, format);
  const shaping = { contextSelect: contextSelect(select), replacements: replacements(select), select };
  const formatting = formattingOf(model, principal, request, preferences);
  return { format, preferred, representation, ...shaping, formatting, telling: tellingOf(env, format, preferences) };
}

function withExpand({ expand: _asked, ...others }: QueryOptions, expand: string | undefined): QueryOptions {
  return expand === undefined ? others : { ...others, expand };
}

function representationOf(
  { principal, request }: RequestEnvironment,
  plan: AuthorizedPlan<SelectNode>,
  options: QueryOptions,
  format: Format,
): Representation {
  const select = plan.plan;
  const base = { from: 'constant', value: request.baseUrl } as const;
  const end = { from: 'constant', value: linkFormat(options) } as const;
  const { titles = false } = format;
  const print = {
    plan,
    ieee754: format.ieee754,
    annotations: format.metadata !== 'none',
    titles,
    links: { base, end },
  };
  // What is printed depends on the secured fields the principal may read; what a rollup, an expand or a title prints, on its
  // rights on other entities, and the links of an expand on the address.
  const rights =
    select.expands.length === 0 && !titles
      ? [readableSecured(principal, select.entity), ...shapesOf(principal, plan.entities)].join('\0')
      : `${serialOf(principal)}\0${base.value}\0${end.value}`;
  return {
    key: `${format.ieee754}\0${format.metadata}\0${titles}\0${options.select ?? ''}\0${options.expand ?? ''}\0${rights}`,
    brief: isBrief(select, plan.visible) && !titles,
    print: (alias, slots) => recordJson({ ...print, slots, aliases: 0 }, select, alias),
  };
}

/** Equal for principals whose rights to read print the same SQL. The record's own entity is in the key of the write. */
function shapesOf(principal: Principal, entities: ReadonlySet<string>): readonly string[] {
  if (entities.size === 1) return [];
  return [...entities].map((name) => principal.access(name, 'read').shapeKey);
}

const serials = new WeakMap<Principal, number>();
let lastSerial = 0;

/** A number per resolved principal; a principal whose rights changed is another object. */
function serialOf(principal: Principal): number {
  const known = serials.get(principal);
  if (known !== undefined) return known;
  lastSerial += 1;
  serials.set(principal, lastSerial);
  return lastSerial;
}

/** The answer of a write that was done: `status` with the record, or 204 where none is shown. */
export function written(
  env: RequestEnvironment,
  entity: EntityType,
  answer: Answer,
  result: WriteResult,
  status: number,
  headers: Readonly<Record<string, string>>,
): EngineResponse {
  const { request } = env;
  const honoured = answer.preferred === (result.body === null ? 'minimal' : 'representation');
  const { formatting, select, telling } = answer;
  const applied = honoured ? [`return=${answer.preferred}`] : [];
  if (result.body !== null) applied.push(...(formatting === null ? [] : [formatting.applied]), ...omitted(telling));
  const preference: Record<string, string> = applied.length > 0 ? { 'preference-applied': applied.join(', ') } : {};
  const all = { ...headers, ...preference, ...duplicatesHeader(env, result), etag: `W/"${result.version}"` };
  if (result.body === null) return noContent(request, all);
  const context = contextUrl(request, answer.format, `${entity.set}${answer.contextSelect}/$entity`);
  const finished = finishRecords(result.body, answer.replacements);
  const shown = formatting === null || select === null ? finished : withFormattedValues(finished, select, formatting);
  const annotated = withAnnotations(telling === null || select === null ? shown : tell(shown, select, telling), result);
  const body = recordBody(annotated, context);
  return { status, headers: { ...jsonHeaders(request, answer.format.metadata, answer.format.ieee754), ...all }, body };
}

/** What hooks tell, behind the record's own members. */
function withAnnotations(body: string, { annotations }: WriteResult): string {
  if (annotations === undefined) return body;
  const members = JSON.stringify(annotations).slice(1);
  return body === '{}' ? `{${members}` : `${body.slice(0, -1)},${members}`;
}

/** Where the records are that this one is taken for: answers without a body tell it, too. */
function duplicatesHeader({ request }: RequestEnvironment, { annotations }: WriteResult): Record<string, string> {
  const candidates = annotations?.[ANNOTATION] as readonly ToldCandidate[] | undefined;
  if (candidates === undefined) return {};
  const links = new Set(candidates.map(({ set, id }) => `<${request.baseUrl}/${set}(${id})>`));
  return { 'kartoteka-duplicates': [...links].join(', ') };
}

/** The answer of a create: 201 with the record, or 204, and in either case where it is. */
export function created(
  env: RequestEnvironment,
  entity: EntityType,
  answer: Answer,
  result: WriteResult,
  timing: Timing,
): EngineResponse {
  const location = `${env.request.baseUrl}/${entity.set}(${result.id})`;
  const headers = { location, 'odata-entityid': location, 'server-timing': timing.header() };
  return written(env, entity, answer, result, 201, headers);
}

/** What the executors of writes take of a request. */
export function writeEnvironment(env: RequestEnvironment): Parameters<typeof executeWrite>[0] {
  return { model: env.model, database: env.database, hooks: env.hooks, request: env.request };
}
