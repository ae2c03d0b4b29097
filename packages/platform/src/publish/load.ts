// The Model of what is published. It must not change anything.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { keepSchemaChanges } from '../schema-version/history.ts';
import type { Executor } from '../storage/types.ts';
import { inSlices } from './in-slices.ts';
import { modelSteps } from './plan.ts';
import { MetadataMemory, readStored } from './read-stored.ts';

/**
 * Links the stored documents at the current revision, from one consistent snapshot, in turns between which requests are served;
 * with a memory only what has changed since is read and linked. Throws PlatformError `not_ready` before the first publish and
 * `invalid_documents` when this version of the product does not understand what is stored.
 */
export async function loadModel(executor: Executor, memory: MetadataMemory = new MetadataMemory()): Promise<Model> {
  const stored = await readStored(executor, memory);
  if (stored.revision === 0) throw new PlatformError('not_ready');
  const model = await inSlices(modelSteps(stored, memory));
  keepSchemaChanges(model, stored.schemaChanges);
  return model;
}
