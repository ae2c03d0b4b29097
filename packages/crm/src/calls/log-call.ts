// Calls as a telephone exchange tells them: who it is, and one request that puts the call into the history of the right record.
// It must not judge rights: what it reads and writes, the caller does.
import { randomUUIDv7 } from 'node:crypto';
import {
  type Arguments,
  invalidArgument,
  is,
  listOf,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
  type Shape,
} from '@kartoteka/platform';
import { type Caller, findCallers, MOST_CALLERS } from './find-callers.ts';

export const callShapes: Readonly<Record<string, Shape>> = {
  number_holder: {
    description: 'A record that has the telephone number',
    members: {
      entity: is('Edm.String', 'Name of its entity'),
      set: is('Edm.String', 'Entity set'),
      id: is('Edm.Guid', 'Of the record'),
      title: is('Edm.String', 'Its title', { nullable: true }),
    },
  },
  logged_call: {
    context: true,
    description: 'A call in the history of a record',
    members: {
      id: is('Edm.Guid', 'Of the event'),
      created: is('Edm.Boolean', 'False: the event of an earlier request with this external_id was changed'),
      regarding: is('number_holder', 'The record in whose history it is'),
      others: listOf('number_holder', 'Further records with this number', { most: MOST_CALLERS * 4 }),
    },
  },
};

const OPTIONAL = { optional: true } as const;
const MOST_SECONDS = 7 * 86_400;
const number = is('Edm.String', 'Telephone number of the other end, with its country code', {
  example: '+7 495 123-45-67',
});

export const findCallersOperation: OperationDefinition = {
  name: 'find_callers',
  // Numbers of people do not belong into URLs, which are logged.
  kind: 'action',
  binding: 'service',
  parameters: { number },
  returns: { shape: 'number_holder', collection: true },
  available: ({ principal, model }) => model.entities.has('event') && principal.access('event', 'read').granted,
  summary: 'Find whose telephone number it is',
  description:
    'Answers the records with this telephone number that the caller may read: contacts first, then open leads.',
  run: ({ engine, model }, args) => findCallers(engine, model, String(args.number)),
};

export const logCallOperation: OperationDefinition = {
  name: 'log_call',
  kind: 'action',
  binding: 'service',
  parameters: {
    number,
    direction: is('Edm.String', 'Who called whom', { values: ['incoming', 'outgoing'] }),
    happened_on: is('Edm.DateTimeOffset', 'When it began; now where it is left out', OPTIONAL),
    seconds: is('Edm.Int32', 'How long it took', OPTIONAL),
    outcome: is('Edm.String', 'A value of the outcome of events', { ...OPTIONAL, example: 'reached' }),
    subject: is('Edm.String', 'Subject', OPTIONAL),
    text: is('Edm.String', 'What was said', OPTIONAL),
    external_id: is(
      'Edm.String',
      'Of the call at the exchange: a request that is repeated changes the same event',
      OPTIONAL,
    ),
    unknown: is(
      'Edm.String',
      'What to do with a number that no record has: make a lead of it, or answer 404 (refuse)',
      {
        ...OPTIONAL,
        values: ['refuse', 'lead'],
      },
    ),
  },
  returns: { shape: 'logged_call' },
  available: ({ principal, model }) => model.entities.has('event') && principal.access('event', 'create').granted,
  summary: 'Log a call by its number',
  description:
    'Puts a call into the history of the record with this telephone number: a contact, else an open lead, else a company.',
  run: logCall,
};

async function logCall({ engine, model }: OperationContext, args: Arguments): Promise<unknown> {
  const values = eventValues(args);
  const known = await earlier(engine, args);
  if (known !== null) return change(engine, model, known, values, args);
  const found = await findCallers(engine, model, String(args.number));
  const id = randomUUIDv7();
  const event = { id, kind: 'call', ...values };
  const [holder] = found;
  try {
    if (holder === undefined)
      return { id, created: true, regarding: await unknownCaller(engine, args, event), others: [] };
    await engine.create('events', { ...event, regarding_id: holder.id, regarding_type: holder.entity });
    return { id, created: true, regarding: holder, others: found.slice(1) };
  } catch (error) {
    // Two requests for one call at the same moment: the other one was first.
    if (!(error instanceof PlatformError) || error.code !== 'duplicate_key') throw ofArguments(error);
    const meanwhile = await earlier(engine, args);
    if (meanwhile === null) throw error;
    return change(engine, model, meanwhile, values, args);
  }
}

function eventValues(args: Arguments): Readonly<Record<string, unknown>> {
  const { number: address, seconds, unknown: _, ...others } = args;
  if (typeof seconds === 'number' && (seconds < 0 || seconds > MOST_SECONDS))
    throw invalid('seconds', `it is from 0 to ${MOST_SECONDS}`);
  return { ...others, address, ...(seconds === undefined ? {} : { duration: `PT${String(seconds)}S` }) };
}

interface KnownCall {
  readonly id: string;
  readonly kind: string;
  readonly regarding_id: string;
  readonly regarding_type: string;
}

async function earlier(engine: OperationContext['engine'], { external_id }: Arguments): Promise<KnownCall | null> {
  if (external_id === undefined) return null;
  const filter = encodeURIComponent(`external_id eq '${String(external_id).replaceAll("'", "''")}'`);
  const { value } = await engine.get(`/events?$select=id,kind,regarding_id,regarding_type&$filter=${filter}&$top=1`);
  return value[0] ?? null;
}

/** What an exchange tells later (how long it took, what came of it) goes into the event that is there. */
async function change(
  engine: OperationContext['engine'],
  model: OperationContext['model'],
  known: KnownCall,
  values: Readonly<Record<string, unknown>>,
  args: Arguments,
): Promise<unknown> {
  if (known.kind !== 'call') throw invalid('external_id', 'an event that is no call has it');
  await engine.update('events', known.id, values);
  const others = await findCallers(engine, model, String(args.number));
  const regarding = others.find(({ id }) => id === known.regarding_id) ?? (await titled(engine, model, known));
  return { id: known.id, created: false, regarding, others: others.filter(({ id }) => id !== known.regarding_id) };
}

async function titled(
  engine: OperationContext['engine'],
  model: OperationContext['model'],
  { regarding_id: id, regarding_type: name }: KnownCall,
): Promise<Caller> {
  const entity = model.entities.get(name);
  if (entity === undefined) throw new Error(`there is no entity ${name}`);
  // The call is his, also where its record is not for him to read any more: then he is told which, and nothing of it.
  const { value } = await engine.get(`/${entity.set}?$filter=id eq ${id}&$select=id,${entity.title}`);
  const title = value[0]?.[entity.title];
  return { entity: name, set: entity.set, id, title: typeof title === 'string' ? title : null };
}

/** The lead and the call in its history are made together: of two requests for one call, one makes both and the other neither. */
async function unknownCaller(
  engine: OperationContext['engine'],
  args: Arguments,
  event: Readonly<Record<string, unknown>>,
): Promise<Caller> {
  if (args.unknown !== 'lead') throw new PlatformError('not_found', {}, { target: 'number' });
  const number = String(args.number).trim();
  // A rule may give the lead to somebody whose records the caller does not read: then nothing is answered of it.
  const id = randomUUIDv7();
  const lead = await engine.create('leads', {
    ...{ id, last_name: number, source: 'call' },
    mobile_phone: number.startsWith('+') ? number : `+${number.replace(/\D/g, '')}`,
    events: [event],
  });
  return { entity: 'lead', set: 'leads', id, title: lead?.name ?? null };
}

/** What is wrong with the call itself is told at the argument that it came in, wherever the call was written. */
function ofArguments(error: unknown): unknown {
  if (!(error instanceof PlatformError) || error.code !== 'validation_failed') return error;
  const details = error.details.map(({ target, ...each }) =>
    target === undefined ? each : { ...each, target: target.replace(/^events\/0\//, '') },
  );
  return new PlatformError(error.code, error.values, { details });
}

const invalid = (name: string, reason: string): PlatformError => invalidArgument('log_call', name, reason);
