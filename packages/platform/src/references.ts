// `/deals(ID)/contacts/$ref`: POST links a record to another, DELETE takes the link away; `/deals(ID)/company/$ref`: PUT and DELETE
// write the lookup. The links themselves are written in write/link.ts; here is the protocol.
import type { EntityType, Navigation } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import { addMember, isInverse, removeMember } from './inverse-references.ts';
import { answerUpdate } from './modify.ts';
import { requireNamed } from './named-records.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { planLink } from './plan/link.ts';
import { targetOf } from './plan/read.ts';
import type { EngineResponse } from './platform-types.ts';
import { boundRecord } from './request/bound-record.ts';
import { requireJson } from './request/headers.ts';
import { parseObject } from './request/json-object.ts';
import { parseReferenceOptions } from './request/query-options.ts';
import { header, minimalApplied, noContent } from './shape.ts';
import { Cascade } from './write/cascade.ts';
import { withRetries } from './write/database-errors.ts';
import { type Linking, linkRecords, unlinkRecord } from './write/link.ts';
import type { LinkChange } from './write/request.ts';

interface References {
  readonly entity: EntityType;
  readonly id: string;
  readonly navigation: Navigation;
  /** The member that the path names. */
  readonly other: string | null;
}

/** POST with `{"@odata.id": "contacts(ID)"}`: 204, also where the link is there already. */
export async function addReference(env: RequestEnvironment, references: References): Promise<EngineResponse> {
  const { request } = env;
  const { entity, navigation } = references;
  const target = referredTo(env, entity, navigation);
  parseReferenceOptions(request.query, false);
  requireJson(header(request, 'content-type'));
  const { name, url } = referenceOf(request.body);
  const other = await namedId(env, url, target, name);
  if (isInverse(navigation)) await addMember(unconditional(env), references, other, name);
  else await change(env, references, other, linkRecords);
  return noContent(request, minimalApplied(request));
}

/** DELETE of `contacts(ID)/$ref` or `contacts/$ref?$id=contacts(ID)`: 204. */
export async function removeReference(env: RequestEnvironment, references: References): Promise<EngineResponse> {
  const { request } = env;
  const { entity, navigation, other } = references;
  const target = referredTo(env, entity, navigation);
  const named = parseReferenceOptions(request.query, other === null);
  if (other === null && named === null) {
    const reason = 'the URL of the record whose link goes is needed';
    throw new PlatformError('invalid_option', { name: '$id', reason }, { target: '$id' });
  }
  const member = other ?? (await namedId(env, named ?? '', target, '$id'));
  if (isInverse(navigation)) await removeMember(unconditional(env), references, member);
  else await change(env, references, member, unlinkRecord);
  return noContent(request, minimalApplied(request));
}

/** What the references of a collection are of. Throws links_are_records where they are records themselves. */
function referredTo({ model }: RequestEnvironment, entity: EntityType, navigation: Navigation): EntityType {
  if (isInverse(navigation)) return targetOf(model, navigation);
  return planLink(model, entity, navigation, navigation.name).target;
}

/** The id of the record that a URL names. Throws validation_failed where it has another key, and no readable record has that. */
async function namedId(env: RequestEnvironment, url: string, target: EntityType, name: string): Promise<string> {
  const { model, principal, database } = env;
  const { id, alternate } = boundRecord(url, target, model, name);
  if (alternate === undefined) return id;
  let found = '';
  const enter = (other: string): void => {
    found = other;
  };
  await requireNamed({ model, principal, executor: database }, [{ entity: target, alternate, place: name, enter }]);
  return found;
}

interface LookupOfRecord {
  readonly entity: EntityType;
  readonly id: string;
  readonly navigation: Navigation;
}

/** PUT of a lookup's reference: an update of the record that holds it, and answered as one. */
export async function setReference(env: RequestEnvironment, lookup: LookupOfRecord): Promise<EngineResponse> {
  const { model, request } = env;
  requireJson(header(request, 'content-type'));
  const { name, url } = referenceOf(request.body);
  return updateLookup(env, lookup, await namedId(env, url, targetOf(model, lookup.navigation), name));
}

/** DELETE of a lookup's reference: it becomes null, if it is allowed to. */
export function clearReference(env: RequestEnvironment, lookup: LookupOfRecord): Promise<EngineResponse> {
  return updateLookup(env, lookup, null);
}

async function updateLookup(
  env: RequestEnvironment,
  { entity, id, navigation }: LookupOfRecord,
  target: string | null,
): Promise<EngineResponse> {
  parseReferenceOptions(env.request.query, false);
  const { property, discriminator } = navigation;
  const values: Record<string, unknown> = { [property]: target };
  if (discriminator !== undefined) values[discriminator.property] = target === null ? null : discriminator.value;
  return answerUpdate(env, entity, id, { values, links: [] });
}

/** Links have no version that could be asked for, so a precondition cannot be promised. Throws not_supported. */
function unconditional(env: RequestEnvironment): RequestEnvironment {
  for (const name of ['if-match', 'if-none-match']) {
    if (header(env.request, name) === undefined) continue;
    throw new PlatformError('not_supported', { what: `${name} on references` }, { target: name });
  }
  return env;
}

function change(
  env: RequestEnvironment,
  { entity, id, navigation }: References,
  other: string,
  apply: (linking: Linking, change: LinkChange) => Promise<void>,
): Promise<void> {
  const { model, principal, database, hooks, request } = unconditional(env);
  const cascade = new Cascade({ model, database, hooks, request }, principal, database);
  const linking = { cascade, entity, id, client: request.client };
  return withRetries(model, entity, () => apply(linking, { navigation, ids: [other], placeOf: () => navigation.name }));
}

/** The one member of the body that says something, as OData 4.0 or 4.01 spells it. */
function referenceOf(body: string | null): { readonly name: string; readonly url: string } {
  const members = Object.entries(parseObject(body)).filter(([name]) => !/^@(odata\.)?context$/.test(name));
  const [[name = '@odata.id', url] = [], ...others] = members;
  if (others.length === 0 && /^@(odata\.)?id$/.test(name) && typeof url === 'string') return { name, url };
  const reason = 'an object with the URL of one record under it, and nothing else, is needed';
  throw new PlatformError('invalid_value', { name: '@odata.id', reason }, { target: '@odata.id' });
}
