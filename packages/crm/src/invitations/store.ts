// What is kept of invitations beside the records: who was told what, as which version. All SQL of invitations is here; whoever calls
// it has judged already.
import type { Executor } from '@kartoteka/platform';

/** What invited people are told of a meeting. */
export interface MeetingContent {
  readonly subject: string;
  readonly place: string | null;
  /** ISO moments. */
  readonly start: string;
  readonly end: string;
  /** Who invites: name, and where people's answers go. */
  readonly organizer: { readonly name: string; readonly address: string | null };
}

export interface InvitedMeeting {
  readonly sequence: number;
  /** What was told last; null: nothing yet. */
  readonly content: MeetingContent | null;
  readonly isCancelled: boolean;
}

export interface Invitation {
  readonly participantId: string;
  readonly activityId: string;
  readonly address: string;
  readonly name: string;
  readonly isOptional: boolean;
  readonly language: 'en' | 'ru';
  readonly timeZone: string;
  readonly secret: string;
  /** Of the version that was told last; -1: none. */
  readonly sequence: number;
  readonly isCancelled: boolean;
}

/** The meeting is invited to from now on; one that was cancelled becomes a later version. */
export async function addMeeting(tx: Executor, activityId: string): Promise<void> {
  await tx.run(
    `insert into kartoteka.invited_meeting as m (activity_id) values ($1::uuid) on conflict (activity_id) do update
      set sequence = m.sequence + case when m.cancelled_on is null then 0 else 1 end, cancelled_on = null`,
    [activityId],
  );
}

/** Invitations that wait to be sent: new ones, those that were cancelled, and those whose address is another now; their participants. */
export async function addInvitations(
  tx: Executor,
  invitations: readonly Omit<Invitation, 'sequence' | 'isCancelled'>[],
): Promise<readonly string[]> {
  const rows = await tx.run(
    `insert into kartoteka.invitation as i
        (participant_id, activity_id, address, name, is_optional, language, time_zone, secret)
      select "participantId", "activityId", address, name, "isOptional", language, "timeZone", secret
      from json_to_recordset($1::text::json) as g("participantId" uuid, "activityId" uuid, address text, name text,
        "isOptional" boolean, language text, "timeZone" text, secret text)
      on conflict (participant_id) do update set address = excluded.address, name = excluded.name,
        is_optional = excluded.is_optional, language = excluded.language, time_zone = excluded.time_zone,
        secret = excluded.secret, sequence = -1, cancelled_on = null
      where i.cancelled_on is not null or i.address <> excluded.address
      returning participant_id::text as id`,
    [JSON.stringify(invitations)],
  );
  return rows.map(({ id }) => String(id));
}

/** Of these activities those to which people are invited. */
export async function invitedMeetings(tx: Executor, activityIds: readonly string[]): Promise<readonly string[]> {
  if (activityIds.length === 0) return [];
  const rows = await tx.run(
    `select activity_id::text as id from kartoteka.invited_meeting
      where activity_id in (select json_array_elements_text($1::json)::uuid) and cancelled_on is null`,
    [JSON.stringify(activityIds)],
    { prepare: true },
  );
  return rows.map(({ id }) => String(id));
}

/** The meeting, held until the transaction ends, so that its versions are told one after the other; null: nobody is invited. */
export async function lockMeeting(tx: Executor, activityId: string): Promise<InvitedMeeting | null> {
  const [row] = await tx.run(
    `select json_build_object('sequence', sequence, 'content', content, 'isCancelled', cancelled_on is not null)::text as meeting
      from kartoteka.invited_meeting where activity_id = $1::uuid for update`,
    [activityId],
  );
  return row === undefined ? null : (JSON.parse(String(row.meeting)) as InvitedMeeting);
}

const INVITATION = `json_build_object('participantId', participant_id, 'activityId', i.activity_id, 'address', address, 'name', name,
  'isOptional', is_optional, 'language', language, 'timeZone', time_zone, 'secret', secret, 'sequence', i.sequence,
  'isCancelled', i.cancelled_on is not null or m.cancelled_on is not null)`;

/** Those of a meeting that are not cancelled. */
export async function invitationsOf(tx: Executor, activityId: string): Promise<readonly Invitation[]> {
  const rows = await tx.run(
    `select ${INVITATION}::text as invitation
      from kartoteka.invitation i join kartoteka.invited_meeting m using (activity_id)
      where i.activity_id = $1::uuid and i.cancelled_on is null order by participant_id`,
    [activityId],
  );
  return rows.map(({ invitation }) => JSON.parse(String(invitation)) as Invitation);
}

export interface ToldInvitation extends Invitation {
  readonly content: MeetingContent | null;
}

/** The invitation of a participant, with what was told of its meeting; null: there is none. */
export async function invitationOfParticipant(tx: Executor, participantId: string): Promise<ToldInvitation | null> {
  const [row] = await tx.run(
    `select ${INVITATION}::text as invitation, m.content::text as content
      from kartoteka.invitation i join kartoteka.invited_meeting m using (activity_id) where participant_id = $1::uuid`,
    [participantId],
    { prepare: true },
  );
  if (row === undefined) return null;
  return {
    ...(JSON.parse(String(row.invitation)) as Invitation),
    content: JSON.parse(String(row.content)) as MeetingContent | null,
  };
}

/** Keeps what is told now. */
export async function saveMeeting(tx: Executor, activityId: string, meeting: InvitedMeeting): Promise<void> {
  await tx.run(
    `update kartoteka.invited_meeting set sequence = $2::int, content = $3::text::json,
      cancelled_on = case when $4::boolean then now() end where activity_id = $1::uuid`,
    [
      activityId,
      String(meeting.sequence),
      meeting.content === null ? null : JSON.stringify(meeting.content),
      String(meeting.isCancelled),
    ],
  );
}

/** These participants are told this version now, `isCancelled`: that it is over for them. */
export async function saveTold(
  tx: Executor,
  participantIds: readonly string[],
  sequence: number,
  isCancelled: boolean,
): Promise<void> {
  if (participantIds.length === 0) return;
  await tx.run(
    `update kartoteka.invitation set sequence = $2::int, cancelled_on = case when $3::boolean then now() end
      where participant_id in (select json_array_elements_text($1::json)::uuid)`,
    [JSON.stringify(participantIds), String(sequence), String(isCancelled)],
  );
}

/** Removes what is kept of activities that are gone for good: there are addresses in it. `table`: of the activities. */
export async function purgeMeetings(tx: Executor, table: string): Promise<void> {
  await tx.run(
    `delete from kartoteka.invited_meeting m where not exists (select from data."${table}" a where a.id = m.activity_id)`,
  );
}
