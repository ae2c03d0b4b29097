// The action that invites the participants of a meeting. It reads them with the rights of the caller, so that nobody has mail sent to
// an address that he may not read, and writes the meeting with them; the mails follow by a job.
import { randomBytes } from 'node:crypto';
import {
  type Engine,
  is,
  listOf,
  type OperationContext,
  type OperationDefinition,
  PlatformError,
  type Shape,
} from '@kartoteka/platform';
import { isMailAddress } from '../mail/address.ts';
import { languageOf, zoneOf } from '../mail/words.ts';
import { addInvitations, addMeeting } from './store.ts';
import { enqueueSync, MOST_INVITED } from './sync.ts';

const CLOSED: ReadonlySet<string> = new Set(['done', 'cancelled']);

export const inviteShapes: Readonly<Record<string, Shape>> = {
  uninvited_participant: {
    description: 'A participant to whom no invitation is sent',
    members: {
      participant_id: is('Edm.Guid', 'The user, contact or lead'),
      reason: is('Edm.String', 'Why', { values: ['no_address', 'organizer', 'invited_already'] }),
    },
  },
  sent_invitations: {
    context: true,
    description: 'What became of the participants of a meeting',
    members: {
      invited: is('Edm.Int32', 'To how many an invitation is sent'),
      others: listOf('uninvited_participant', 'Those to whom none is sent'),
    },
  },
};

interface Participant {
  readonly id: string;
  readonly participant_id: string;
  readonly participant_type: string;
  readonly role: string;
}

interface Person {
  readonly address: string | null;
  readonly name: string;
  readonly language: unknown;
  readonly timeZone: unknown;
}

async function invite(context: OperationContext, isSetUp: boolean): Promise<unknown> {
  if (!isSetUp) throw new PlatformError('not_supported', { what: 'Inviting by a service without a mail server' });
  const { engine, database, id } = context;
  const activity = await engine.get(`/activities(${id})`);
  refuseUnfit(activity);
  // Who may not write it does not invite to it; and whoever changes it at this moment does so before or after.
  await engine.update('activities', id, { invited_on: new Date().toISOString() });
  const participants = await participantsOf(engine, id);
  const people = await peopleOf(context, participants);
  const reasons = new Map<string, string>();
  const wanted = participants.filter((participant) => {
    const person = people.get(participant.participant_id);
    const isOrganizer = participant.role === 'organizer' || participant.participant_id === activity.owner_id;
    if (isOrganizer) reasons.set(participant.id, 'organizer');
    else if (person?.address == null) reasons.set(participant.id, 'no_address');
    return !reasons.has(participant.id);
  });
  await addMeeting(database, id);
  const rows = wanted.map((participant) => invitationOf(context, participant, people.get(participant.participant_id)));
  const added = new Set(rows.length === 0 ? [] : await addInvitations(database, rows));
  for (const each of wanted) if (!added.has(each.id)) reasons.set(each.id, 'invited_already');
  if (added.size > 0) await enqueueSync(database, [id]);
  const others = participants.flatMap(({ id: key, participant_id }) => {
    const reason = reasons.get(key);
    return reason === undefined ? [] : [{ participant_id, reason }];
  });
  return { invited: added.size, others };
}

function refuseUnfit(activity: Readonly<Record<string, unknown>>): void {
  const { kind, status, starts_on, due_on } = activity;
  if (kind !== 'meeting') throw new PlatformError('rule_violated', { reason: 'Only to meetings people are invited' });
  if (CLOSED.has(String(status))) throw new PlatformError('conflict', { reason: `The meeting is ${status} already` });
  if (typeof starts_on !== 'string' || typeof due_on !== 'string')
    throw new PlatformError('rule_violated', { reason: 'A meeting without beginning or end invites nobody' });
}

async function participantsOf(engine: Engine, id: string): Promise<readonly Participant[]> {
  const query = new URLSearchParams({
    $filter: `activity_id eq ${id}`,
    $select: 'id,participant_id,participant_type,role',
    $orderby: 'id',
    $top: String(MOST_INVITED + 1),
  });
  const { value } = await engine.get(`/activity_participants?${query}`);
  if (value.length > MOST_INVITED)
    throw new PlatformError('limit_exceeded', { limit: 'participants', value: String(MOST_INVITED) });
  return value;
}

/** Who they are, by id, as far as the caller may read them: one request for each entity. */
async function peopleOf(
  { engine, model }: OperationContext,
  participants: readonly Participant[],
): Promise<ReadonlyMap<string, Person>> {
  const people = new Map<string, Person>();
  for (const type of new Set(participants.map(({ participant_type }) => participant_type))) {
    const entity = model.entities.get(type);
    const ids = participants.filter((each) => each.participant_type === type).map((each) => each.participant_id);
    if (entity?.properties.get('email') === undefined) continue;
    const query = new URLSearchParams({ $filter: `id in (${ids.join(',')})`, $top: String(MOST_INVITED) });
    const { value } = await engine.get(`/${entity.set}?${query}`);
    for (const record of value) {
      const { email } = record;
      const address = typeof email === 'string' && isMailAddress(email) ? email : null;
      const name = String(record[entity.title] ?? address);
      people.set(record.id, { address, name, language: record.language, timeZone: record.time_zone });
    }
  }
  return people;
}

function invitationOf({ id, model }: OperationContext, participant: Participant, person: Person | undefined) {
  const { locale, timeZone } = model.organization;
  return {
    ...{ participantId: participant.id, activityId: id, isOptional: participant.role === 'optional' },
    ...{ address: person?.address ?? '', name: person?.name ?? '' },
    ...{ language: languageOf(person?.language, locale), timeZone: zoneOf(person?.timeZone, timeZone) },
    secret: randomBytes(32).toString('base64url'),
  };
}

export function inviteOperation(isSetUp: boolean): OperationDefinition {
  return {
    ...{ name: 'invite', kind: 'action', binding: 'record', entity: ({ name }) => name === 'activity', parameters: {} },
    returns: { shape: 'sent_invitations' },
    summary: 'Invite the participants of a meeting by e-mail',
    description: `Sends an iCalendar invitation to every participant with an address that the caller may read, ${MOST_INVITED} at most, and not to who was invited already; changes and cancellations follow by themselves. Takes the right to write the meeting.`,
    run: (context) => invite(context, isSetUp),
  };
}
