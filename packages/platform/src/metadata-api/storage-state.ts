// GET /metadata/steps and /metadata/capacity: what publishes have still to do, and what the entities' tables have used. Changes nothing.
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { capacityOf } from '../publish/capacity.ts';
import { listSteps } from '../publish/list-steps.ts';
import { pagedRequest } from './answer.ts';
import type { RouteTable } from './types.ts';

export const STATE_ROUTES: RouteTable = {
  steps: { GET: steps },
  capacity: { GET: capacity },
};

const DONE: Readonly<Record<string, boolean>> = { true: true, false: false };

async function steps({ request, database }: MetadataRequest): Promise<EngineResponse> {
  const page = pagedRequest(request, new Set(['done']), [/^[1-9][0-9]{0,17}$/]);
  const asked = page.parameters.get('done');
  const done = asked === undefined ? undefined : DONE[asked];
  if (asked !== undefined && done === undefined) {
    throw new PlatformError('invalid_option', { name: 'done', reason: 'true or false is needed' }, { target: 'done' });
  }
  const found = await listSteps(database, { done, after: page.after?.[0] ?? null, most: page.most });
  return page.answer(found, ({ id }) => [String(id)]);
}

async function capacity({ request, database, model }: MetadataRequest): Promise<EngineResponse> {
  const page = pagedRequest(request, new Set(['entity']), [/^\w{1,200}$/]);
  const asked = page.parameters.get('entity');
  const after = page.after?.[0] ?? null;
  const entities = [...model.entities.values()]
    .filter(({ name }) => (asked === undefined || name === asked) && (after === null || name > after))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, page.most);
  if (asked !== undefined && !model.entities.has(asked)) {
    throw new PlatformError(
      'invalid_option',
      { name: 'entity', reason: `there is no entity ${asked}` },
      { target: 'entity' },
    );
  }
  return page.answer(await capacityOf(database, model, entities), ({ entity }) => [entity]);
}
