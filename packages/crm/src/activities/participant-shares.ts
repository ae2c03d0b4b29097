// Users who take part in an activity may read it: it is shared with those who could not, by who added them and with his rights. A job
// does it, which goes by how things are when it runs. It gives nothing that its giver may not give.
import {
  type Engine,
  enqueueMany,
  type Hook,
  type JobContext,
  type JobDefinition,
  type Platform,
  PlatformError,
  type Principal,
  systemPrincipal,
} from '@kartoteka/platform';

const SHOW = 'activity.show';

interface Taking {
  readonly activity: string;
  readonly user: string;
  /** Who added or removed the participant; null: the service, for the owner. */
  readonly by: string | null;
  /** Who acted for him. */
  readonly caller: string | null;
}

export const participantHook: Hook = {
  entity: 'activity_participant',
  operations: ['create', 'delete', 'restore'],
  needsTransaction: (_model, operation, records) =>
    operation !== 'create' || records.some(({ values }) => values.participant_type === 'user'),
  after: async ({ tx, principal }, records) => {
    const by = principal.kind === 'system' ? null : principal.id;
    const caller = principal.callerId ?? null;
    const jobs = records.flatMap(({ before, after }) => {
      const image = after ?? before;
      if (image?.participant_type !== 'user') return [];
      const data: Taking = { activity: String(image.activity_id), user: String(image.participant_id), by, caller };
      return [{ data }];
    });
    await enqueueMany(tx, SHOW, jobs);
  },
};

export const participantJobs: readonly JobDefinition[] = [
  {
    name: SHOW,
    retry: { limit: 6, delay: 1, backoff: true, max: 60 },
    concurrency: 2,
    timeout: 60,
    run: (context, { data }) => show(context, data),
  },
];

async function show(context: JobContext, taking: Taking): Promise<void> {
  const { platform } = context;
  const system = platform.engineFor(systemPrincipal());
  const [activity] = await found(system, 'activities', `id eq ${taking.activity}`, 'owner_id');
  if (activity === undefined) return;
  const giver = await giverOf(platform, taking, activity.owner_id);
  if (giver === null) return;
  const filter = `activity_id eq ${taking.activity} and participant_id eq ${taking.user}`;
  const takesPart = (await found(system, 'activity_participants', filter, 'id')).length > 0;
  await allowed(() => (takesPart ? share(platform, giver, taking) : takeBack(context, giver, taking)));
}

/** Null where nobody is left who could give. The owner stands in for the service; a team gives nothing by itself. */
async function giverOf(platform: Platform, { by, caller }: Taking, owner: string): Promise<Principal | null> {
  if (caller === null) return platform.principals.get(by ?? owner);
  const acting = await platform.principals.get(caller);
  return acting === null || by === null ? null : platform.actAs(acting, by);
}

async function share(platform: Platform, giver: Principal, { activity, user }: Taking): Promise<void> {
  const participant = await platform.principals.get(user);
  if (participant === null) return;
  const path = `/activities(${activity})`;
  if (await allowed(() => platform.engineFor(participant).get(`${path}?$select=id`))) return;
  await platform.engineFor(giver).post(`${path}/share`, { principal_id: user, rights: ['read'] });
}

/** One that gives more than to read was given by hand, and stays. */
async function takeBack(
  { platform, database }: JobContext,
  giver: Principal,
  { activity, user }: Taking,
): Promise<void> {
  const [row] = await database.run(SHARED, [user, activity]);
  if (Number(row?.rights) !== READ) return;
  await platform.engineFor(giver).post(`/activities(${activity})/revoke`, { principal_id: user });
}

/** As `kartoteka.share` counts rights. */
const READ = 1;
const SHARED = `select rights::int as rights from kartoteka.share where principal_id = $1::uuid and entity = 'activity' and record_id = $2::uuid`;

/** False where rights forbid it, or it is there no more: then it stays as it is. */
async function allowed(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof PlatformError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}

async function found(system: Engine, set: string, filter: string, select: string) {
  return (await system.get(`/${set}?$filter=${encodeURIComponent(filter)}&$select=${select}&$top=1`)).value;
}
