// First stage of a request: the path after /api/v1 becomes a Resource. Knows names only, no rights and no SQL.
import { type EntityType, type Model, type Navigation, type Property, recycleBinOf } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { extensionsOf } from '../extensions/registry.ts';
import type { OperationDefinition } from '../extensions/types.ts';
import { NAMESPACE } from '../namespace.ts';
import { type AlternateKey, parseRecordKey, type RecordKey } from './record-key.ts';

/** Where a record is named. */
export interface Named<Id = string> {
  readonly entity: EntityType;
  readonly id: Id;
  /** The record is named by it, and the id still to be found (find-record.ts). */
  readonly alternate?: AlternateKey;
  /** The record is reached from another one, which is to be found first. */
  readonly via?: Via;
}

/** The last step of a path: over a lookup, or into a collection, whose member has the id or key. */
interface Via {
  readonly origin: Named;
  readonly navigation: Navigation;
}

type Key = RecordKey & { readonly via?: Via };

/** The collection of one record. */
interface RecordCollection extends Named {
  readonly navigation: Navigation;
}

/** What a URL names. Keys are canonical lower-case UUIDs. */
export type Resource =
  | { readonly kind: 'service' }
  | { readonly kind: 'metadata' }
  | { readonly kind: 'openapi' }
  | { readonly kind: 'json_schemas' }
  | { readonly kind: 'client_model' }
  | { readonly kind: 'security_events' }
  | { readonly kind: 'batch' }
  | { readonly kind: 'preview_role_change' }
  /** What is below /metadata; which route it is, is its own table's business (metadata-api/routes.ts). */
  | { readonly kind: 'metadata_api'; readonly segments: readonly string[] }
  | { readonly kind: 'who_am_i' }
  | { readonly kind: 'collection'; readonly entity: EntityType }
  | { readonly kind: 'count'; readonly entity: EntityType }
  | { readonly kind: 'bulk'; readonly entity: EntityType }
  /** An action on many records. */
  | { readonly kind: 'action'; readonly entity: EntityType; readonly name: string }
  /** Of the recycle bin; `entity` is its own type (recycleBinOf). */
  | { readonly kind: 'deleted_collection' | 'deleted_count'; readonly entity: EntityType }
  | { readonly kind: 'deleted_record'; readonly entity: EntityType; readonly id: string }
  | ({ readonly kind: 'record' } & Named)
  /** What may be done with a record, or with the entity (`id` null), and why. */
  | ({ readonly kind: 'explain'; readonly principalId?: string } & Named<string | null>)
  /** The audit of one record (of a deleted one where `entity` is the type of the recycle bin), or of a set's records (`id` null). */
  | ({ readonly kind: 'changes' } & Named<string | null>)
  /** What happened to a record, of several kinds; `given`: what stood in the parentheses, null without any. */
  | ({ readonly kind: 'timeline'; readonly given: string | null } & Named)
  /** With whom a record is shared. */
  | ({ readonly kind: 'shares' } & Named)
  /** One property of a record; `raw`: its value and nothing around it. */
  | ({ readonly kind: 'property'; readonly property: Property; readonly raw: boolean } & Named)
  /** The record that a lookup leads to, and the reference to it. */
  | ({ readonly kind: 'target' | 'target_reference'; readonly navigation: Navigation } & Named)
  | ({ readonly kind: 'related' } & RecordCollection)
  | ({ readonly kind: 'related_count' } & RecordCollection)
  /** References to the members of a collection; `other`: the member's id where the path names it. */
  | ({ readonly kind: 'references'; readonly other: string | null } & RecordCollection)
  | ({ readonly kind: 'operation'; readonly name: string } & Named)
  /** Of an extension, bound to a record. */
  | ({ readonly kind: 'extension' } & Named & ExtensionCall)
  /** Of an extension, bound to a set (`entity` null: to nothing). */
  | ({ readonly kind: 'unbound_extension'; readonly entity: EntityType | null } & ExtensionCall);

interface ExtensionCall {
  readonly definition: OperationDefinition;
  /** What stands in the parentheses; null: there are none. */
  readonly given: string | null;
}

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Actions that many records of a set can be given. */
const SET_ACTIONS: ReadonlySet<string> = new Set(['assign', 'share', 'modify', 'revoke']);
/** No navigation is called so (reserved-names.ts). */
const CHANGES = 'changes';
const SHARES = 'shares';
const TIMELINE = 'timeline';
/** Path of the security events, which are no entity set. */
export const SECURITY_EVENTS = 'security_events';
/** What documents, change sets, revisions and the like are below; no entity set either. */
const METADATA = 'metadata';
const EXPLAIN = 'explain_access';
/** What the service tells of the caller. */
const WHO_AM_I = 'who_am_i';
/** No set is called so: names have no points. */
const OPENAPI = 'openapi.json';
/** Nor so: names have no hyphens. */
const JSON_SCHEMAS = 'json-schemas';
const CLIENT_MODEL = 'client-model';
/** The one operation on what is in the recycle bin; a restore names the record as it was. */
const REDACT = 'redact';
const OPERATION = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Parses the path of a request (percent-encoded, as received, beginning with "/" or empty).
 * Accepts `/deals`, `/deals/$count`, `/deals/bulk`, `/deals/assign` and its kin, `/deals/deleted`, `/deals/deleted/$count`, `/deals/deleted(ID)`, `/deals(ID)`, `/deals(id=ID)`, `/deals/ID`,
 * `/deals/changes`, `/deals(ID)/changes`, `/deals/deleted(ID)/changes`, `/deals/deleted(ID)/redact`, `/deals(ID)/contacts`, `/deals(ID)/contacts/$count`, `/deals(ID)/contacts/$ref`, `/deals(ID)/contacts(ID)/$ref`,
 * `/deals(ID)/company`, `/deals(ID)/company/name`, `/deals(ID)/contacts(ID)`, `/deals(ID)/name`, `/deals(ID)/name/$value`, `/deals/explain_access`, `/deals(ID)/explain_access`, `/deals(ID)/shares`, `/deals(ID)/timeline`, `/security_events`, `/who_am_i`, `/metadata/...` and `/deals(ID)/operation`;
 * operations also with their namespace, and functions with parentheses: `/deals(ID)/kartoteka.explain_access(principal_id=ID)`.
 * Throws unknown_resource, invalid_key, or not_supported for forms of OData that are not served yet.
 */
export function parseResource(path: string, model: Model): Resource {
  const segments = decodeSegments(path);
  const given = isCall(segments.at(-1)) ? plainCall(segments) : null;
  const resource = resourceAt(segments, model);
  return given === null ? resource : withArguments(resource, given);
}

function resourceAt(segments: readonly string[], model: Model): Resource {
  const first = segments[0];
  if (first === undefined) return { kind: 'service' };
  if (first.startsWith('$')) return rootResource(first, segments);
  if (first === OPENAPI && segments.length === 1) return { kind: 'openapi' };
  if (first === JSON_SCHEMAS && segments.length === 1) return { kind: 'json_schemas' };
  if (first === CLIENT_MODEL && segments.length === 1) return { kind: 'client_model' };
  if (first === 'preview_role_change' && segments.length === 1) return { kind: first };
  if (first === METADATA) return { kind: 'metadata_api', segments: segments.slice(1) };
  if (first === SECURITY_EVENTS && segments.length === 1) return { kind: SECURITY_EVENTS };
  if (first === WHO_AM_I && segments.length === 1) return { kind: WHO_AM_I };
  const open = first.indexOf('(');
  const set = open < 0 ? first : first.slice(0, open);
  const entity = model.sets.get(set);
  const unbound = entity === undefined && segments.length === 1 ? extensionCall(model, null, 'service', first) : null;
  if (unbound !== null) return { kind: 'unbound_extension', entity: null, ...unbound };
  if (entity === undefined) throw new PlatformError('unknown_resource', { name: set }, { target: set });
  if (open >= 0) {
    if (!first.endsWith(')')) throw new PlatformError('invalid_key', { key: first.slice(open) });
    return recordResource(model, entity, parseRecordKey(first.slice(open + 1, -1), entity), segments.slice(1));
  }
  const second = segments[1];
  if (second === undefined) return { kind: 'collection', entity };
  if (second === '$count' && segments.length === 2) return { kind: 'count', entity };
  if (second === 'bulk' && segments.length === 2) return { kind: 'bulk', entity };
  if (SET_ACTIONS.has(second) && segments.length === 2) return { kind: 'action', entity, name: second };
  if (second === EXPLAIN && segments.length === 2) return { kind: 'explain', entity, id: null };
  if (second === CHANGES && segments.length === 2) return { kind: 'changes', entity, id: null };
  const bound = segments.length === 2 ? extensionCall(model, entity, 'collection', second) : null;
  if (bound !== null) return { kind: 'unbound_extension', entity, ...bound };
  if (/^deleted(\(|$)/.test(second)) return deletedResource(model, recycleBinOf(entity), second, segments.slice(2));
  if (second.startsWith('$')) throw new PlatformError('not_supported', { what: second });
  if (GUID.test(second)) return recordResource(model, entity, { id: second.toLowerCase() }, segments.slice(2));
  throw new PlatformError('invalid_key', { key: second });
}

const QUALIFIED = `${NAMESPACE}.`;

/** Functions may be called with parentheses, which OData 4.0 demands. */
const FUNCTIONS: ReadonlySet<string> = new Set([EXPLAIN, CHANGES, SHARES, TIMELINE, SECURITY_EVENTS, WHO_AM_I]);

/** What may be called with its namespace; a property has none. */
const CALLED: ReadonlySet<string> = new Set([
  ...SET_ACTIONS,
  ...FUNCTIONS,
  ...['bulk', 'restore', 'hand_over', REDACT],
]);

/** Whether a segment may be an operation with its namespace, or a function with parentheses. */
function isCall(segment: string | undefined): boolean {
  if (segment === undefined) return false;
  return (
    segment.startsWith(QUALIFIED) || (segment.endsWith(')') && FUNCTIONS.has(segment.slice(0, segment.indexOf('('))))
  );
}

/** Takes namespace and parentheses from the last segment; answers what stood in the parentheses, '' where there were none. */
function plainCall(segments: string[]): string {
  const last = segments.at(-1) ?? '';
  const name = last.startsWith(QUALIFIED) && segments.length > 1 ? last.slice(QUALIFIED.length) : last;
  if (name !== last && !CALLED.has(name.split('(', 1)[0] ?? '')) return '';
  const open = name.endsWith(')') ? name.indexOf('(') : -1;
  const isFunction = open >= 0 && FUNCTIONS.has(name.slice(0, open));
  segments[segments.length - 1] = isFunction ? name.slice(0, open) : name;
  return isFunction ? name.slice(open + 1, -1).trim() : '';
}

/** Arguments in the path: `explain_access(principal_id=ID)`. Throws invalid_key. */
function withArguments(resource: Resource, given: string): Resource {
  if (given === '') return resource;
  if (resource.kind === 'timeline') return { ...resource, given };
  const [, id] = /^principal_id\s*=\s*(\S+)$/.exec(given) ?? [];
  if (resource.kind !== 'explain' || id === undefined || !GUID.test(id))
    throw new PlatformError('invalid_key', { key: given });
  return { ...resource, principalId: id.toLowerCase() };
}

function decodeSegments(path: string): string[] {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    try {
      segments.push(raw.includes('%') ? decodeURIComponent(raw) : raw);
    } catch {
      throw new PlatformError('bad_request', { reason: 'the path is not valid percent-encoded UTF-8' });
    }
  }
  return segments;
}

function rootResource(first: string, segments: readonly string[]): Resource {
  if (first === '$metadata' && segments.length === 1) return { kind: 'metadata' };
  if (first === '$batch' && segments.length === 1) return { kind: 'batch' };
  if (['$all', '$crossjoin', '$entity'].some((name) => first.startsWith(name))) {
    throw new PlatformError('not_supported', { what: first });
  }
  throw new PlatformError('unknown_resource', { name: first }, { target: first });
}

/** An operation of an extension, with or without its namespace, a function also with parentheses; null: there is none. */
function extensionCall(
  model: Model,
  entity: EntityType | null,
  binding: OperationDefinition['binding'],
  segment: string,
): ExtensionCall | null {
  const extensions = extensionsOf(model);
  if (extensions.operations.length === 0) return null;
  const local = segment.startsWith(QUALIFIED) ? segment.slice(QUALIFIED.length) : segment;
  const open = local.endsWith(')') ? local.indexOf('(') : -1;
  const definition = extensions.find(model, entity, binding, open < 0 ? local : local.slice(0, open));
  if (definition === undefined || (open >= 0 && definition.kind === 'action')) return null;
  return { definition, given: open < 0 ? null : local.slice(open + 1, -1).trim() };
}

function recordResource(model: Model, entity: EntityType, key: Key, rest: readonly string[]): Resource {
  const next = rest[0];
  if (next === undefined) return { kind: 'record', entity, ...key };
  if (next === EXPLAIN && rest.length === 1) return { kind: 'explain', entity, ...key };
  if (next === CHANGES && rest.length === 1) return { kind: 'changes', entity, ...key };
  if (next === TIMELINE && rest.length === 1) return { kind: 'timeline', entity, ...key, given: null };
  // What belongs to the organization is shared with nobody, and has none.
  if (next === SHARES && rest.length === 1 && entity.ownership !== 'organization')
    return { kind: 'shares', entity, ...key };
  const related = relatedResource(model, entity, key, next, rest.slice(1));
  if (related !== null) return related;
  const property = entity.properties.get(next);
  if (property !== undefined) return propertyResource(entity, key, property, rest.slice(1));
  const call = rest.length === 1 ? extensionCall(model, entity, 'record', next) : null;
  if (call !== null) return { kind: 'extension', entity, ...key, ...call };
  if (next.startsWith('$')) throw new PlatformError('not_supported', { what: next });
  if (rest.length === 1 && OPERATION.test(next)) return { kind: 'operation', entity, ...key, name: next };
  throw new PlatformError('unknown_resource', { name: next }, { target: next });
}

/** `contacts`, `contacts/$count`, `contacts/$ref`, `contacts(ID)/...`, `contacts/ID/...` of a record; null: `segment` is no navigation. */
function relatedResource(
  model: Model,
  entity: EntityType,
  record: Key,
  segment: string,
  rest: readonly string[],
): Resource | null {
  const open = segment.indexOf('(');
  const navigation = entity.navigations.get(open < 0 ? segment : segment.slice(0, open));
  if (navigation === undefined) return null;
  if (!navigation.collection)
    return lookupResource(model, { entity, ...record }, navigation, open < 0 ? rest : [segment.slice(open), ...rest]);
  if (open >= 0 && !segment.endsWith(')')) throw new PlatformError('invalid_key', { key: segment.slice(open) });
  const collection = { entity, ...record, navigation };
  const [key, ...more] = open < 0 ? rest : [segment.slice(open + 1, -1), ...rest];
  if (open < 0 && more.length === 0) {
    if (key === undefined) return { kind: 'related', ...collection };
    if (key === '$count') return { kind: 'related_count', ...collection };
    if (key === '$ref') return { kind: 'references', ...collection, other: null };
  }
  if (key === undefined || key.startsWith('$'))
    throw new PlatformError('not_supported', { what: `A path that goes on after ${navigation.name}` });
  if (more.length === 1 && more[0] === '$ref') return { kind: 'references', ...collection, other: parseKey(key) };
  const target = nextStep(model, { entity, ...record }, navigation);
  const member = open < 0 ? { id: parseKey(key) } : parseRecordKey(key, target);
  return recordResource(model, target, { ...member, via: { origin: { entity, ...record }, navigation } }, more);
}

/** `company`, `company/$ref` and `company/...` of a deal. */
function lookupResource(model: Model, origin: Named, navigation: Navigation, rest: readonly string[]): Resource {
  if (rest.length === 0) return { kind: 'target', ...origin, navigation };
  if (rest.length === 1 && rest[0] === '$ref') return { kind: 'target_reference', ...origin, navigation };
  const target = nextStep(model, origin, navigation);
  return recordResource(model, target, { id: '', via: { origin, navigation } }, rest);
}

/** Steps that a path goes from the record at its beginning: each is a read of its own. */
export const MOST_STEPS = 5;

/** The entity that the next step of a path leads to. Throws limit_exceeded, and not_supported behind what is in the recycle bin. */
function nextStep(model: Model, origin: Named, navigation: Navigation): EntityType {
  let steps = 1;
  for (let { via } = origin; via !== undefined; { via } = via.origin) steps += 1;
  if (steps > MOST_STEPS)
    throw new PlatformError('limit_exceeded', { limit: 'steps of a path', value: String(MOST_STEPS) });
  const target = model.entities.get(navigation.target);
  if (target === undefined || origin.entity.records === 'deleted')
    throw new PlatformError('not_supported', { what: `A path that goes on after ${navigation.name}` });
  return target;
}

/** `name` and `name/$value`. */
function propertyResource(
  entity: EntityType,
  record: Key,
  property: Property,
  rest: readonly string[],
): Extract<Resource, { kind: 'property' }> {
  const raw = rest.length === 1 && rest[0] === '$value';
  if (rest.length === 0 || raw) return { kind: 'property', entity, ...record, property, raw };
  if (rest[0]?.startsWith('$')) throw new PlatformError('not_supported', { what: rest[0] });
  throw new PlatformError('unknown_resource', { name: rest[0] ?? '' }, { target: rest[0] ?? '' });
}

function deletedResource(model: Model, entity: EntityType, name: string, [next, ...rest]: readonly string[]): Resource {
  if (name !== 'deleted') {
    if (!name.endsWith(')')) throw new PlatformError('invalid_key', { key: name.slice(name.indexOf('(')) });
    const id = parseKey(name.slice('deleted('.length, -1));
    if (next === undefined) return { kind: 'deleted_record', entity, id };
    if (next === CHANGES && rest.length === 0) return { kind: 'changes', entity, id };
    if (next === REDACT && rest.length === 0) return { kind: 'operation', entity, id, name: next };
    const related = relatedResource(model, entity, { id }, next, rest);
    // What is in the recycle bin is not linked, nor its links taken away, before it is restored.
    if (related !== null && related.kind !== 'references') return related;
    throw new PlatformError('unknown_resource', { name: next }, { target: next });
  }
  if (rest.length > 0) throw new PlatformError('unknown_resource', { name: rest[0] ?? '' }, { target: rest[0] ?? '' });
  if (next === undefined) return { kind: 'deleted_collection', entity };
  return next === '$count' ? { kind: 'deleted_count', entity } : { kind: 'deleted_record', entity, id: parseKey(next) };
}

/** Whether a text is a UUID, in whatever case. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

/** `GUID` or `id=GUID`, where a record has no other key: in the recycle bin, and as the other end of a link. */
function parseKey(text: string): string {
  const value = text.startsWith('id=') ? text.slice(3) : text;
  if (GUID.test(value)) return value.toLowerCase();
  if (/^[A-Za-z_]\w*\s*=/.test(text)) throw new PlatformError('not_supported', { what: 'A key other than id' });
  throw new PlatformError('invalid_key', { key: text });
}
