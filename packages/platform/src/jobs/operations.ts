// What administrators see of the job queue: jobs of every kind that failed for good, with what they were to work on, and how to have
// them run again. Both demand the capability, because jobs carry whatever their extension gave them.
import { is, listOf } from '../describe/members.ts';
import { PlatformError } from '../errors.ts';
import type { Arguments, OperationContext, OperationDefinition } from '../extensions/types.ts';
import { parseCountOption } from '../request/query-options.ts';
import { LIMITS } from '../request/select-expand.ts';
import { decodeSkipToken, encodeSkipToken } from '../request/skiptoken.ts';
import { actorOf, originOf, recordSecurityEvent } from '../security-log/record.ts';
import { encodeOption } from '../shape.ts';
import { MOST_LETTERS } from './dead-letters.ts';
import type { DeadLetter } from './types.ts';

const CAPABILITY = 'manage_jobs';
const NAME = 'failed_jobs';
const PAGE = 100;

export const JOB_SHAPES = {
  failed_job: {
    description: 'A job that failed for good',
    members: {
      id: is('Edm.Guid', 'Id, by which it is replayed'),
      job: is('Edm.String', 'Its kind'),
      data: is('Edm.Untyped', 'What it was to work on, as its kind has it'),
      reason: is('Edm.String', 'Why its last run failed'),
      attempts: is('Edm.Int32', 'How often it was run'),
      added: is('Edm.DateTimeOffset', 'When it was added first'),
      failed: is('Edm.DateTimeOffset', 'When it was given up'),
    },
  },
  jobs_replayed: {
    context: true,
    description: 'How many jobs will be run again',
    members: { count: is('Edm.Int32', 'Of those that were named') },
  },
} as const;

const common = {
  binding: 'service',
  capability: CAPABILITY,
  available: ({ principal }) => principal.kind === 'system' || principal.capabilities.has(CAPABILITY),
} as const satisfies Partial<OperationDefinition>;

export const jobOperations: readonly OperationDefinition[] = [
  {
    ...common,
    name: NAME,
    kind: 'function',
    parameters: { job: is('Edm.String', 'Only jobs of this kind', { optional: true, example: 'mail.send' }) },
    returns: { shape: 'failed_job', collection: true },
    list: {},
    summary: 'Jobs that failed for good',
    description: 'The latest first, as long as they are kept (30 days) and have not been replayed.',
    run: listFailed,
  },
  {
    ...common,
    name: 'replay_failed_jobs',
    kind: 'action',
    parameters: { ids: listOf('Edm.Guid', 'Ids of failed jobs', { most: MOST_LETTERS }) },
    returns: { shape: 'jobs_replayed' },
    summary: 'Run failed jobs again',
    description:
      'From their first attempt. Jobs that are gone, or beside which one of the same key waits, do not count.',
    run: replayFailed,
  },
];

async function listFailed({ jobs, request }: OperationContext, args: Arguments): Promise<unknown> {
  const job = args.job === undefined ? {} : { job: String(args.job) };
  const top = args.$top === undefined ? null : parseCountOption('top', String(args.$top), LIMITS.top);
  const size = Math.min(top ?? PAGE, MOST_LETTERS);
  const shape = `${NAME}\0${args.job ?? ''}`;
  const after = args.$skiptoken === undefined ? {} : { after: position(shape, String(args.$skiptoken)) };
  if (size === 0) return { value: [] };
  const value = await jobs.deadLetters({ ...job, ...after, limit: size });
  const last = value.at(-1);
  const left = top === null ? null : top - value.length;
  if (last === undefined || value.length < size || left === 0) return { value };
  const options = [
    ...(args.job === undefined ? [] : [`job=${encodeOption(String(args.job))}`]),
    ...(left === null ? [] : [`$top=${left}`]),
    `$skiptoken=${encodeSkipToken(shape, [last.failed, last.id])}`,
  ];
  return { value, '@odata.nextLink': `${request.baseUrl}/${NAME}?${options.join('&')}` };
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d:\d\d$/;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws invalid_skiptoken. */
function position(shape: string, token: string): Pick<DeadLetter, 'failed' | 'id'> {
  const [failed, id, ...more] = decodeSkipToken(shape, token);
  if (typeof failed === 'string' && MOMENT.test(failed) && GUID.test(id ?? '') && more.length === 0)
    return { failed, id: String(id) };
  throw new PlatformError('invalid_skiptoken', {}, { target: '$skiptoken' });
}

async function replayFailed(context: OperationContext, args: Arguments): Promise<unknown> {
  const { jobs, database, principal, request } = context;
  const ids = [...new Set(args.ids as readonly string[])];
  const count = await jobs.replay(ids);
  // Their data stays out of the log: it may be anything.
  const details = { ids, count };
  if (count > 0)
    await recordSecurityEvent(database, {
      ...actorOf(principal),
      ...{ kind: 'jobs_replayed', origin: originOf(request), details },
    });
  return { count };
}
