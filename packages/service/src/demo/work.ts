// What people do about leads and deals: activities done, overdue, of today and to come, and who takes part. The days lie between the first
// and the last one of the lead or deal that they are about.
import { type Deal, isOpen, lastDay, startOf } from './deals.ts';
import type { Lead } from './leads.ts';
import { type DemoRecord, dayAfter, made, numbered, TEAM, type Telling } from './record.ts';
import { MANAGERS } from './users.ts';

interface Activity {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  /** Null: not done yet. */
  readonly outcome: string | null;
  readonly owner: string | null;
  readonly regarding: readonly [type: string, id: string];
  readonly day: number;
  /** External id of who is met. */
  readonly contact: string | null;
}

type Task = readonly [kind: string, subject: string, outcome: string];

const OPEN_LEADS = ['new', 'in_progress', 'qualified'];

export function tellActivities(telling: Telling, leads: readonly Lead[], deals: readonly Deal[]): readonly Activity[] {
  const activities: Activity[] = [];
  const add = (about: Pick<Activity, 'owner' | 'regarding' | 'contact'>, task: Task, day: number, done: boolean) => {
    const [kind, subject, outcome] = task;
    const id = numbered('activity', activities.length);
    activities.push({ ...about, id, kind, subject, day, outcome: done ? outcome : null });
  };
  const { random, words } = telling;
  for (const deal of deals) {
    const about = { owner: deal.owner, regarding: ['deal', deal.id], contact: deal.contact.id } as const;
    const [first, last] = [startOf(deal), Math.min(-1, lastDay(deal))];
    for (let count = random.between(0, 3); count > 0; count -= 1)
      add(about, random.pick(words.tasks), random.between(Math.min(first, last), last), true);
    if (isOpen(deal))
      add(
        { ...about, owner: random.chance(0.08) ? null : deal.owner },
        random.pick(words.tasks),
        nextDay(telling),
        false,
      );
  }
  for (const lead of leads) {
    const about = {
      owner: lead.owner === TEAM ? null : lead.owner,
      regarding: ['lead', lead.id],
      contact: null,
    } as const;
    const last = Math.min(-1, lead.conversion?.day ?? lead.day + 10);
    if (lead.status !== 'new' && random.chance(0.6))
      add(about, random.pick(words.leadTasks), random.between(Math.min(lead.day, last), last), true);
    if (OPEN_LEADS.includes(lead.status) && lead.owner !== TEAM && random.chance(0.7))
      add(about, random.pick(words.leadTasks), nextDay(telling), false);
  }
  return activities;
}

/** Overdue, of today, or to come. */
function nextDay({ random }: Telling): number {
  const when = random.weighted({ overdue: 2, today: 2, soon: 5, later: 2 });
  const [first, last] = { overdue: [-9, -1], today: [0, 0], soon: [1, 7], later: [8, 28] }[when] as [number, number];
  return random.between(first, last);
}

export function activityRecords(telling: Telling, activities: readonly Activity[]): readonly DemoRecord[] {
  const { random, today, words } = telling;
  return activities.map(({ id, kind, subject, outcome, owner, regarding: [type, about], day }) => {
    const hour = String(random.between(8, 16)).padStart(2, '0');
    const at = (minutes: string): string => `${dayAfter(today, day)}T${hour}:${minutes}:00Z`;
    const meets =
      kind === 'meeting'
        ? { starts_on: at('00'), due_on: at('45'), place: random.pick(words.meetingPlaces) }
        : { due_on: at('30') };
    return {
      externalId: id,
      owner,
      refs: { regarding_id: about },
      values: {
        ...{ kind, subject, regarding_type: type, priority: random.weighted({ normal: 7, high: 2, low: 1 }) },
        ...meets,
        ...(outcome !== null
          ? { status: 'done', outcome, ...made(telling, day - random.between(0, 5), day) }
          : { status: 'planned', ...made(telling, Math.min(-1, day - 6)) }),
        // Reminders of days that have passed would all come at once; those of today are in the inboxes a moment after the start.
        ...(outcome === null && day > 0 ? { reminder_on: at('00') } : {}),
        ...(outcome === null && day === 0 ? { reminder_on: `${today}T00:00:00Z` } : {}),
      },
    };
  });
}

/** Meetings of the team, every week from tomorrow on. */
export function reviewRecords(telling: Telling): readonly DemoRecord[] {
  const { today, words } = telling;
  const day = dayAfter(today, 1);
  return MANAGERS.map((owner, index) => ({
    ...{ externalId: numbered('review', index), owner, refs: {} },
    values: {
      ...{ kind: 'meeting', subject: words.review, status: 'planned', place: words.meetingPlaces[2] },
      ...{ starts_on: `${day}T09:00:00Z`, due_on: `${day}T09:45:00Z`, recurrence: 'FREQ=WEEKLY' },
      ...made(telling, -60),
    },
  }));
}

/** Of every meeting about a deal: its owner, and the contact who decides. */
export function participantRecords(telling: Telling, activities: readonly Activity[]): readonly DemoRecord[] {
  const { random } = telling;
  return activities.flatMap(({ id, kind, owner, contact, outcome }) => {
    if (kind !== 'meeting' || contact === null) return [];
    const participant = (type: string, who: string, role: string, reply: string): DemoRecord => ({
      ...{ externalId: null, owner: null, refs: { activity_id: id, participant_id: who } },
      values: { participant_type: type, role, reply },
    });
    const reply = outcome === null ? random.weighted({ none: 3, accepted: 4, tentative: 1 }) : 'accepted';
    const organizer = owner === null ? [] : [participant('user', owner, 'organizer', 'accepted')];
    return [...organizer, participant('contact', contact, 'required', reply)];
  });
}
