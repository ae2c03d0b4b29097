// Changes of the directory, and what each user gains and loses by them.
import { may, mayAct } from './access.ts';
import { recordsOf } from './records.ts';
import { SCHEMA } from './schema.ts';
import { PRIVILEGES, type Privilege, type World } from './world.ts';

export interface DirectoryChange {
  readonly assigned: World['assignments'];
  /** Positions in the world's lists. */
  readonly taken: readonly number[];
  readonly joined: World['members'];
  readonly left: readonly number[];
  readonly moved: readonly { readonly unit: string; readonly parent: string | null }[];
  readonly active: readonly { readonly user: string; readonly active: boolean }[];
}

export function changedWorld(world: World, change: DirectoryChange): World {
  const { assigned, taken, joined, left, moved, active } = change;
  return {
    ...world,
    assignments: [...world.assignments.filter((_, at) => !taken.includes(at)), ...assigned],
    members: [...world.members.filter((_, at) => !left.includes(at)), ...joined],
    units: world.units.map((unit) => {
      const move = moved.find((item) => item.unit === unit.id);
      return move === undefined ? unit : { ...unit, parent: move.parent };
    }),
    users: world.users.map((user) => ({
      ...user,
      active: active.find((item) => item.user === user.id)?.active ?? user.active,
    })),
  };
}

/** `<user> <privilege> <entity>` with how many records are gained and lost; what the change itself saves is not counted. */
export type Effects = Readonly<Record<string, readonly [gained: number, lost: number]>>;

export const COUNTED = PRIVILEGES.filter(
  (privilege): privilege is Exclude<Privilege, 'create'> => privilege !== 'create',
);

export function effectsOf(world: World, change: DirectoryChange): Effects {
  const after = changedWorld(world, change);
  const saved = new Set([...change.moved.map(({ unit }) => unit), ...change.active.map(({ user }) => user)]);
  const effects: Record<string, [number, number]> = {};
  for (const { id: user } of world.users) {
    const holds = (at: World, privilege: Privilege, entity: string, id: string): boolean => {
      const record = recordsOf(at, entity).find((item) => item.id === id);
      return record !== undefined && mayAct(at, user) && may(at, user, privilege, record);
    };
    for (const entity of Object.keys(SCHEMA)) {
      const live = recordsOf(world, entity).filter((item) => item.deleted === null && !saved.has(item.id));
      for (const privilege of COUNTED) {
        const [was, is] = [world, after].map((at) => live.map(({ id }) => holds(at, privilege, entity, id)));
        const gained = live.filter((_, n) => is?.[n] === true && was?.[n] === false).length;
        const lost = live.filter((_, n) => is?.[n] === false && was?.[n] === true).length;
        if (gained + lost > 0) effects[`${user} ${privilege} ${entity}`] = [gained, lost];
      }
    }
  }
  return effects;
}
