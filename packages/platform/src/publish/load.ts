// The Model of what is published. It must not change anything.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { keepSchemaChanges } from '../schema-version/history.ts';
import type { Executor } from '../storage/types.ts';
import { modelOf } from './plan.ts';
import { readStored } from './store.ts';

/**
 * Links the stored documents at the current revision, from one consistent snapshot. Throws PlatformError `not_ready` before
 * the first publish and `invalid_documents` when this version of the product does not understand what is stored.
 */
export async function loadModel(executor: Executor): Promise<Model> {
  const stored = await readStored(executor);
  if (stored.revision === 0) throw new PlatformError('not_ready');
  const model = modelOf(stored);
  keepSchemaChanges(model, stored.schemaChanges);
  return model;
}
