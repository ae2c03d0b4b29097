// References of a collection that is the inverse of a lookup, `/companies(ID)/contacts/$ref`: to add or remove one is to write the
// lookup of the member, with the rights, checks and hooks of that update. No SQL here.
import type { EntityType, Navigation } from '@kartoteka/metadata';
import { PlatformError } from './errors.ts';
import type { RequestEnvironment } from './pipeline.ts';
import { targetOf } from './plan/read.ts';
import { readValues, requireReadable } from './read-part.ts';
import { executeWrite } from './write/execute.ts';

interface Collection {
  readonly entity: EntityType;
  readonly id: string;
  readonly navigation: Navigation;
}

/** Whether the collection holds the records whose lookup leads to this one. */
export function isInverse({ collection, junction, through }: Navigation): boolean {
  return collection && junction === undefined && through === undefined;
}

/**
 * Makes `member` a member. Throws not_found for a missing and a hidden record alike, target_not_found about `place` where it is the
 * member, and what the update throws.
 */
export async function addMember(
  env: RequestEnvironment,
  collection: Collection,
  member: string,
  place: string,
): Promise<void> {
  const { entity, id, navigation } = collection;
  await requireReadable({ ...env, executor: env.database }, entity, id);
  try {
    await writeLookup(env, collection, member, id, null);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.code !== 'not_found') throw error;
    throw new PlatformError('target_not_found', { name: navigation.name }, { target: place });
  }
}

const TRIES = 5;

/** Takes `member` out, unless it is no member: not_found. A member that is changed meanwhile is looked at again. */
export async function removeMember(env: RequestEnvironment, collection: Collection, member: string): Promise<void> {
  const { entity, id, navigation } = collection;
  const reading = { ...env, executor: env.database };
  await requireReadable(reading, entity, id);
  const target = targetOf(env.model, navigation);
  const names = ['version', ...Object.keys(lookupValues(navigation, id))];
  for (let attempt = 1; ; attempt += 1) {
    const values = await readValues(reading, target, member, names, true);
    if (Object.entries(lookupValues(navigation, id)).some(([name, value]) => values[name] !== value))
      throw new PlatformError('not_found');
    try {
      return await writeLookup(env, collection, member, null, String(values.version));
    } catch (error) {
      if (!(error instanceof PlatformError) || error.code !== 'precondition_failed' || attempt === TRIES) throw error;
    }
  }
}

async function writeLookup(
  env: RequestEnvironment,
  { navigation }: Collection,
  member: string,
  value: string | null,
  version: string | null,
): Promise<void> {
  const { model, principal, database, hooks, request } = env;
  await executeWrite(
    { model, database, hooks, request },
    {
      operation: 'update',
      entity: targetOf(model, navigation),
      id: member,
      principal,
      client: request.client,
      values: lookupValues(navigation, value),
      ifMatch: version === null ? null : [version],
      representation: null,
    },
  );
}

/** The lookup's properties, when it leads to `id`. */
function lookupValues({ property, discriminator }: Navigation, id: string | null): Record<string, string | null> {
  if (discriminator === undefined) return { [property]: id };
  return { [property]: id, [discriminator.property]: id === null ? null : discriminator.value };
}
