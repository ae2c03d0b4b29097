// Whom an activity concerns: its owner, or the members of the team that owns it, and the users who take part and have not declined.
import type { Engine } from '@kartoteka/platform';

/** Of one activity. */
const MOST = 500;

/** Ids of users, each once; `isWhole` false: there are more than `most`. Asked without limits of rights. */
export async function recipientsOf(
  system: Engine,
  { id, owner_id }: { readonly id: string; readonly owner_id: string },
  most = MOST,
): Promise<{ readonly users: readonly string[]; readonly isWhole: boolean }> {
  const members = await idsOf(system, 'team_members', 'user_id', `team_id eq ${owner_id}`, most);
  const taking = `activity_id eq ${id} and participant_type eq 'user' and reply ne 'declined'`;
  const participants = await idsOf(system, 'activity_participants', 'participant_id', taking, most);
  // The id of a team is no user's, and found to be nobody.
  const users = [...new Set([owner_id, ...members, ...participants])];
  return { users: users.slice(0, most), isWhole: users.length <= most };
}

async function idsOf(
  system: Engine,
  set: string,
  property: string,
  filter: string,
  most: number,
): Promise<readonly string[]> {
  const query = `$filter=${encodeURIComponent(filter)}&$select=${property}&$orderby=created_on,id&$top=${most + 1}`;
  const { value } = await system.get(`/${set}?${query}`);
  return value.map((row: Readonly<Record<string, string>>) => row[property]);
}
