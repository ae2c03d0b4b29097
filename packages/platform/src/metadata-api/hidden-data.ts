// POST /metadata/purge/plan and /metadata/purge: what removed fields and entities have left in the database, listed with what would be
// lost, and dropped for good by the fingerprint of that list.
import { PlatformError } from '../errors.ts';
import type { MetadataRequest } from '../plan/metadata-authorize.ts';
import type { EngineResponse } from '../platform-types.ts';
import { Findings, type Members } from '../preview/findings.ts';
import { MOST_ITEMS, planPurge, purgeHidden } from '../publish/hidden/purge.ts';
import { actorOf, originOf } from '../security-log/record.ts';
import { jsonAnswer, parametersOf } from './answer.ts';
import { jsonBody, optionalBody } from './body.ts';
import type { RouteTable } from './types.ts';

export const PURGE_ROUTES: RouteTable = {
  'purge/plan': { POST: plan },
  purge: { POST: purge },
};

const MOST_COMMENT = 2_000;
const FINGERPRINT = /^[0-9a-f]{64}$/;

async function plan({ request, database }: MetadataRequest): Promise<EngineResponse> {
  parametersOf(request);
  const findings = new Findings();
  const body = optionalBody(request);
  findings.only(body, '', ['items']);
  const items = itemsOf(body, findings);
  findings.settle();
  return jsonAnswer(request, await planPurge(database, items));
}

async function purge({ request, database, principal }: MetadataRequest): Promise<EngineResponse> {
  parametersOf(request);
  const findings = new Findings();
  const body = jsonBody(request);
  findings.only(body, '', ['items', 'fingerprint', 'comment']);
  const items = itemsOf(body, findings);
  const { fingerprint, comment = '' } = body;
  if (typeof fingerprint !== 'string' || !FINGERPRINT.test(fingerprint))
    findings.add('fingerprint', 'the fingerprint of the plan is needed');
  if (typeof comment !== 'string' || comment.length > MOST_COMMENT)
    findings.add('comment', `a text of at most ${MOST_COMMENT} characters is needed`);
  findings.settle();
  // It tries for its locks again and again, each time from the beginning.
  if (database.inTransaction === true) {
    throw new PlatformError('not_supported', { what: 'A purge in a repeatable request or a transaction of others' });
  }
  const result = await purgeHidden(database, {
    ...(items === undefined ? {} : { items }),
    fingerprint: String(fingerprint),
    actor: { ...actorOf(principal), origin: originOf(request) },
    comment: String(comment),
  });
  return jsonAnswer(request, result);
}

/** Undefined: everything. */
function itemsOf({ items }: Members, findings: Findings): readonly string[] | undefined {
  if (items === undefined) return undefined;
  if (Array.isArray(items) && items.length > MOST_ITEMS) {
    throw new PlatformError(
      'limit_exceeded',
      { limit: 'items of a purge', value: String(MOST_ITEMS) },
      { target: 'items' },
    );
  }
  const names = findings.list(items, 'items').map((item, at) => findings.name(item, `items/${at}`));
  findings.unique(names, String, (at) => `items/${at}`);
  return names;
}
