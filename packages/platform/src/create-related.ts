// POST to a collection of one record: a new record that belongs to it from the start (OData 4.01 Part 1, 11.4.2.1).
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import type { Within } from './list-request.ts';
import { createRecord } from './modify.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { planLink } from './plan/link.ts';
import { targetOf } from './plan/read.ts';
import type { EngineResponse } from './platform-types.ts';
import { requireReadable } from './read-part.ts';
import type { Payload } from './request/payload.ts';

/** Answers as a POST to the set. Throws not_found for a missing and a hidden record alike, and what a create throws. */
export async function createRelated(env: RequestEnvironment, within: Within): Promise<EngineResponse> {
  const { model, principal, database, request } = env;
  const { entity, id, navigation } = within;
  const target = targetOf(model, navigation);
  const completed = completion(model, within, target);
  await requireReadable({ model, principal, executor: database, request }, entity, id);
  return createRecord(env, target, completed);
}

function completion(
  model: Model,
  { entity, id, navigation }: Within,
  target: EntityType,
): (payload: Payload) => Payload {
  const { property, discriminator, junction, through } = navigation;
  if (junction === undefined && through === undefined) {
    const own = {
      [property]: id,
      ...(discriminator === undefined ? {} : { [discriminator.property]: discriminator.value }),
    };
    return (payload) => withValues(payload, own);
  }
  planLink(model, entity, navigation, navigation.name);
  const back = target.navigations.get(navigation.partner ?? '');
  if (back === undefined) throw new PlatformError('not_supported', { what: `POST to ${navigation.name}` });
  return (payload) => withLink(payload, back, id);
}

/** The body may repeat what the URL says, and say nothing else. */
function withValues(payload: Payload, own: Readonly<Record<string, string>>): Payload {
  const { values } = payload;
  for (const [name, value] of Object.entries(own)) {
    if (!Object.hasOwn(values, name) || String(values[name]).toLowerCase() === value) continue;
    throw new PlatformError(
      'invalid_value',
      { name, reason: 'it is another record than that of the URL' },
      { target: name },
    );
  }
  return { ...payload, values: { ...values, ...own } };
}

function withLink(payload: Payload, back: Navigation, id: string): Payload {
  const { links } = payload;
  const given = links.find(({ navigation }) => navigation === back);
  const ids = [...new Set([...(given?.ids ?? []), id])];
  const others = links.filter((link) => link !== given);
  return { ...payload, links: [...others, { navigation: back, ids, placeOf: given?.placeOf ?? (() => back.name) }] };
}
