// `assign`: another user or team, or of records that belong to a business unit another unit, becomes the owner. It is the update
// of the one property that holds the owner, and nothing else: rights, checks, hooks, change log and what follows are its.
import { type EntityType, type Model, ownerRelations, type Property } from '@kartoteka/metadata';
import { writeChunk } from '../bulk/chunk.ts';
import { largestWave } from '../bulk/execute.ts';
import type { BulkEnvironment } from '../bulk/types.ts';
import { errorDetail, PlatformError } from '../errors.ts';
import { answerUpdate } from '../modify.ts';
import { authorizeAssign } from '../plan/write-authorize.ts';
import { ANSWER_OPTIONS } from '../write-response.ts';
import { MOST_IDS } from './body.ts';
import type { Action, Order } from './types.ts';

/** Member of the body, whatever property holds the owner. */
const MEMBER = 'owner_id';

export const assign: Action = {
  versioned: true,
  options: ANSWER_OPTIONS,
  read: (body) => assignTo(body.id(MEMBER, 'the new owner')),
  authorize: ({ principal }, entity) => void authorizeAssign(entity, principal),
};

function assignTo(owner: string): Order {
  return {
    // If-Match, Prefer and the options of a PATCH count.
    one: (env, { entity, id }) => {
      const property = authorizeAssign(entity, env.principal);
      const update = answerUpdate(env, entity, id, { values: { [property.name]: owner }, links: [] });
      return update.catch((error: unknown) => {
        throw named(error, property);
      });
    },
    many: (env, entity) => {
      const { model, database, hooks, principal, request } = env;
      const property = authorizeAssign(entity, principal);
      const key = [...entity.properties.values()].filter(({ name }) => name === 'id');
      const base = { model, database, hooks, principal, entity, client: request.client, request };
      const bulk: BulkEnvironment = { ...base, mode: 'update', key };
      const values = { [property.name]: owner };
      // One by one is what a hook asks for, and stays so.
      const most = largestWave(bulk);
      return {
        atOnce: most > 1 && followsItself(model, entity) ? MOST_IDS : most,
        write: async (tx, items) => {
          const records = items.map(({ index, id }) => ({ index, values, links: [], length: 0, key: [id] }));
          const outcomes = await writeChunk(bulk, tx, records);
          return outcomes.map((outcome) => named(outcome, property));
        },
      };
    },
  };
}

/**
 * Whether a record may be assigned along with another of its entity. Records of one list are then assigned at once, all of them:
 * who may assign his own only would not find those that went along with others before.
 */
function followsItself(model: Model, entity: EntityType): boolean {
  const seen = new Set<EntityType>();
  const reaches = (from: EntityType): boolean =>
    ownerRelations(model, from).some(({ child }) => {
      if (child === entity) return true;
      if (seen.has(child)) return false;
      seen.add(child);
      return reaches(child);
    });
  return reaches(entity);
}

/** What an error says of the property, said of the member that the request has. */
function named<T>(outcome: T, { name }: Property): T | PlatformError {
  if (!(outcome instanceof PlatformError) || name === MEMBER) return outcome;
  const details = outcome.details.map((detail) => {
    if (detail.target !== name) return detail;
    if (detail.code !== 'target_not_found') return { ...detail, target: MEMBER };
    return errorDetail('target_not_found', { name: MEMBER }, MEMBER);
  });
  return outcome.with({ target: outcome.target === name ? MEMBER : outcome.target, details });
}
