// Tells those who are invited to a meeting what they do not know yet: a job, so that a write costs no more than adding it. It holds
// what is kept of the meeting while it works, so that every version is told once, whatever is written meanwhile.
import {
  type Engine,
  type EngineTransaction,
  type Executor,
  enqueueMany,
  type JobDefinition,
  type Platform,
  systemPrincipal,
} from '@kartoteka/platform';
import { isMailAddress } from '../mail/address.ts';
import { enqueueMails } from '../mail/send.ts';
import { invitationMail, type MailParts, type Telling } from './invitation-mail.ts';
import {
  type Invitation,
  type InvitedMeeting,
  invitationsOf,
  lockMeeting,
  type MeetingContent,
  purgeMeetings,
  saveMeeting,
  saveTold,
} from './store.ts';

const SYNC = 'invitation.sync';
/** Participants of one meeting who can be invited. */
export const MOST_INVITED = 200;

/** Looks soon what these meetings have to tell, once the transaction of `tx` commits. */
export async function enqueueSync(tx: Executor, activityIds: readonly string[]): Promise<void> {
  await enqueueMany(
    tx,
    SYNC,
    activityIds.map((id) => ({ data: { id }, singletonKey: id })),
  );
}

export function syncJobs(parts: MailParts): readonly JobDefinition[] {
  return [
    {
      name: SYNC,
      retry: { limit: 10, delay: 2, backoff: true, max: 600 },
      concurrency: 2,
      key: 'waiting',
      run: ({ platform }, { data }) => sync(platform, String(data.id), parts),
    },
    {
      name: 'invitation.purge',
      schedule: '27 3 * * *',
      retry: { limit: 3, delay: 60, backoff: true },
      run: async ({ platform, database }) => {
        const table = platform.model().entities.get('activity')?.table;
        if (table !== undefined) await purgeMeetings(database, table);
      },
    },
  ];
}

function sync(platform: Platform, activityId: string, parts: MailParts): Promise<void> {
  return platform.transaction(systemPrincipal(), async (within) => {
    const { tx, system } = within;
    const meeting = await lockMeeting(tx, activityId);
    if (meeting === null || meeting.isCancelled) return;
    const activity = await activityOf(system, activityId);
    if (activity?.status === 'done') return;
    const invitations = await invitationsOf(tx, activityId);
    const content = activity === null ? null : contentOf(activity, parts);
    const tellings =
      content === null
        ? await cancelAll(tx, activityId, meeting, invitations)
        : await tellNews(within, activityId, { meeting, content, invitations });
    await enqueueMails(
      tx,
      tellings.map((telling) => invitationMail(telling, parts)),
    );
  });
}

interface Activity {
  readonly kind: string;
  readonly status: string;
  readonly subject: string;
  readonly place: string | null;
  readonly starts_on: string | null;
  readonly due_on: string | null;
  readonly owning_user: { readonly full_name: string; readonly email: string } | null;
  readonly owning_team: { readonly name: string } | null;
}

async function activityOf(system: Engine, id: string): Promise<Activity | null> {
  const query = new URLSearchParams({
    $filter: `id eq ${id}`,
    $expand: 'owning_user($select=full_name,email),owning_team($select=name)',
  });
  const { value } = await system.get(`/activities?${query}`);
  return value[0] ?? null;
}

/** What there is to tell; null: it does not take place. */
function contentOf(activity: Activity, { from }: MailParts): MeetingContent | null {
  const { kind, status, subject, place, starts_on, due_on, owning_user: user, owning_team: team } = activity;
  if (kind !== 'meeting' || status === 'cancelled' || starts_on === null || due_on === null) return null;
  const [start, end] = [new Date(starts_on).toISOString(), new Date(due_on).toISOString()];
  const name = user?.full_name ?? team?.name ?? from.name ?? from.address;
  const address = user !== null && isMailAddress(user.email) ? user.email : null;
  return { subject, place, start, end, organizer: { name, address } };
}

async function cancelAll(
  tx: Executor,
  activityId: string,
  meeting: InvitedMeeting,
  invitations: readonly Invitation[],
): Promise<readonly Telling[]> {
  const sequence = meeting.sequence + 1;
  await saveMeeting(tx, activityId, { ...meeting, sequence, isCancelled: true });
  return cancelSome(tx, invitations, meeting.content, sequence);
}

/** Those who know of it are told that it is over for them. */
async function cancelSome(
  tx: Executor,
  invitations: readonly Invitation[],
  content: MeetingContent | null,
  sequence: number,
): Promise<readonly Telling[]> {
  const ids = invitations.map(({ participantId }) => participantId);
  await saveTold(tx, ids, sequence, true);
  if (content === null) return [];
  return invitations
    .filter((invitation) => invitation.sequence >= 0)
    .map((invitation) => ({ kind: 'cancel', invitation, content, sequence }));
}

interface News {
  readonly meeting: InvitedMeeting;
  readonly content: MeetingContent;
  readonly invitations: readonly Invitation[];
}

async function tellNews(
  { tx, system }: EngineTransaction,
  activityId: string,
  { meeting, content, invitations }: News,
): Promise<readonly Telling[]> {
  const replies = await repliesOf(system, activityId, invitations);
  const gone = invitations.filter(({ participantId }) => !replies.has(participantId));
  const there = invitations.filter(({ participantId }) => replies.has(participantId));
  const isChanged = meeting.content !== null && !isSame(meeting.content, content);
  const sequence = meeting.sequence + (isChanged || gone.length > 0 ? 1 : 0);
  const told = there.filter((invitation) => isChanged || invitation.sequence < 0);
  await saveMeeting(tx, activityId, { sequence, content, isCancelled: false });
  const cancels = await cancelSome(tx, gone, meeting.content, sequence);
  const ids = told.map(({ participantId }) => participantId);
  await saveTold(tx, ids, sequence, false);
  // What somebody said about another time says nothing about this one.
  const isMoved = meeting.content?.start !== content.start || meeting.content.end !== content.end;
  if (isChanged && isMoved)
    await forgetReplies(
      system,
      ids.filter((id) => replies.get(id) !== 'none'),
    );
  const requests = told.map(
    (invitation): Telling => ({ kind: invitation.sequence < 0 ? 'request' : 'update', invitation, content, sequence }),
  );
  return [...cancels, ...requests];
}

function isSame(one: MeetingContent, other: MeetingContent): boolean {
  const key = ({ subject, place, start, end, organizer }: MeetingContent): string =>
    JSON.stringify([subject, place, start, end, organizer.name, organizer.address]);
  return key(one) === key(other);
}

/** Replies by participant, of those who still take part. */
async function repliesOf(
  system: Engine,
  activityId: string,
  invitations: readonly Invitation[],
): Promise<ReadonlyMap<string, string>> {
  if (invitations.length === 0) return new Map();
  const query = new URLSearchParams({
    $filter: `activity_id eq ${activityId}`,
    $select: 'id,reply',
    $top: '1000',
  });
  const { value } = await system.get(`/activity_participants?${query}`);
  return new Map(value.map(({ id, reply }: { id: string; reply: string }) => [id, reply]));
}

async function forgetReplies(system: Engine, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const records = ids.map((id) => ({ id, reply: 'none', replied_on: null }));
  await system.post('/activity_participants/bulk', { mode: 'update', atomic: true, records });
}
