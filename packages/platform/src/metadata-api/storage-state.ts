// GET /metadata/steps and /metadata/capacity: what publishes have still to do, and what the entities' tables have used; and a conversion
// that is given up, or taken up again.
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { Findings } from '../preview/findings.ts';
import { capacityOf } from '../publish/capacity.ts';
import { giveUpStep, resumeStep } from '../publish/give-up-step.ts';
import { listSteps } from '../publish/list-steps.ts';
import { actorOf } from '../security-log/record.ts';
import { jsonAnswer, pagedRequest, parametersOf } from './answer.ts';
import { optionalBody } from './body.ts';
import type { RouteTable } from './types.ts';

export const STATE_ROUTES: RouteTable = {
  steps: { GET: steps },
  'steps/{step}/give_up': { POST: giveUp },
  'steps/{step}/resume': { POST: resume },
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

const STEP = /^[1-9]\d{0,17}$/;

/** The id in the path, of a request without a body. Throws unknown_resource. */
function stepOf({ request, named }: MetadataRequest): string {
  parametersOf(request);
  const findings = new Findings();
  findings.only(optionalBody(request), '', []);
  findings.settle();
  const { step = '' } = named;
  if (STEP.test(step)) return step;
  throw new PlatformError('unknown_resource', { name: `steps/${step}` }, { target: 'step' });
}

async function giveUp(asked: MetadataRequest): Promise<EngineResponse> {
  const { database, principal, request } = asked;
  return jsonAnswer(request, await giveUpStep(database, stepOf(asked), actorOf(principal).actorId));
}

async function resume(asked: MetadataRequest): Promise<EngineResponse> {
  const { database, node, request } = asked;
  const step = await resumeStep(database, stepOf(asked));
  // A node that has nothing to do does not look for steps by itself.
  node?.lookAfterSteps();
  return jsonAnswer(request, step);
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
