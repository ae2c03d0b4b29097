// Where a record may be, seen from the actor, and which depth reaches it there: the table of 3-security, and nothing of the
// engine. The actor is a user of a unit, and member of a team of that unit and of a team of a sibling unit.
import type { Depth, Ownership, Privilege } from '@kartoteka/metadata';

/** The last two are records of a stranger that are shared with a team of the actor, or whose parents are. */
export type Place =
  | 'mine'
  | 'my_team'
  | 'my_far_team'
  | 'my_unit'
  | 'unit_below'
  | 'sibling_unit'
  | 'shared'
  | 'parent_shared'
  | 'anywhere';

/** Who or what owns the records of a place: users and teams, or units. The actor is not among them. */
export type Owners = Readonly<Record<'user' | 'unit', Readonly<Partial<Record<Place, string>>>>>;

const OWNED: readonly Place[] = ['mine', 'my_team', 'my_far_team', 'my_unit', 'unit_below', 'sibling_unit', 'shared'];

export const PLACES: Readonly<Record<Ownership, readonly Place[]>> = {
  user: OWNED,
  parent: [...OWNED, 'parent_shared'],
  business_unit: ['my_unit', 'unit_below', 'sibling_unit', 'shared'],
  organization: ['anywhere'],
};

/** What each depth reaches. A record of a team belongs to the unit of the team. */
const REACH: Readonly<Record<Depth, readonly Place[]>> = {
  none: [],
  user: ['mine', 'my_team', 'my_far_team'],
  business_unit: ['mine', 'my_team', 'my_unit'],
  parent_child: ['mine', 'my_team', 'my_unit', 'unit_below'],
  organization: [...OWNED, 'parent_shared', 'anywhere'],
};

/** Whether the privilege at the depth reaches a record. A share gives nothing to whom no depth does, and creates nothing. */
export function reaches(privilege: Privilege, depth: Depth, place: Place): boolean {
  if (REACH[depth].includes(place)) return true;
  return depth !== 'none' && privilege !== 'create' && (place === 'shared' || place === 'parent_shared');
}
