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

/** What each depth reaches that a team of the sibling unit holds: a record of mine is mine however the role is held, but a unit is that of the team. */
const REACH_OF_TEAM: Readonly<Record<Depth, readonly Place[]>> = {
  ...REACH,
  business_unit: ['my_far_team', 'sibling_unit', 'shared', 'parent_shared'],
  parent_child: ['my_far_team', 'sibling_unit', 'shared', 'parent_shared'],
};

/** How a privilege is held: by the actor's own role, by the role of a team in the sibling unit, or for records of his unit only. */
export type Holding = 'own' | 'team' | 'conditional';

/** A privilege at a depth. */
export interface Held {
  readonly privilege: Privilege;
  readonly depth: Depth;
  readonly holding: Holding;
}

/** Where the condition of a conditional privilege holds (documents.ts); no record of the organization meets its condition. */
const IN_MY_UNIT: readonly Place[] = ['mine', 'my_team', 'my_unit'];

/** Whether what is held reaches a record. A share gives nothing to whom no depth does, creates nothing and lifts no condition. */
export function reaches({ privilege, depth, holding }: Held, place: Place): boolean {
  if (holding === 'conditional') return IN_MY_UNIT.includes(place);
  if ((holding === 'team' ? REACH_OF_TEAM : REACH)[depth].includes(place)) return true;
  return depth !== 'none' && privilege !== 'create' && (place === 'shared' || place === 'parent_shared');
}
