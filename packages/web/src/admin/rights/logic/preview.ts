// An answer of preview_role_change as a page shows it: per entity and privilege, what is lost and gained by whom. Pure.

export interface PreviewRecord {
  readonly id: string;
  readonly title: string | null;
}
interface Side {
  /** A number; text where it is beyond what a number holds. */
  readonly count: number | string;
  readonly records: readonly PreviewRecord[];
}
interface Names {
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}
export interface Preview {
  readonly examined: number;
  readonly not_examined: number;
  readonly records_left_out: boolean;
  readonly principals: readonly {
    readonly id: string;
    readonly title: string | null;
    readonly capabilities?: Names;
    readonly secured_fields?: Names;
  }[];
  readonly changes: readonly {
    readonly entity: string;
    readonly privilege: string;
    readonly principal_ids: readonly string[];
    readonly counted: 'all' | 'readable';
    readonly gained: Side;
    readonly lost: Side;
  }[];
}

/** What some people, who are concerned in the same way, lose or gain of one entity by one privilege. */
export interface Effect {
  readonly entity: string;
  readonly privilege: string;
  readonly direction: 'lost' | 'gained';
  readonly count: number;
  readonly records: readonly PreviewRecord[];
  readonly people: readonly PreviewRecord[];
  /** Records that whoever looks may not read may be missing from the count. */
  readonly isPartial: boolean;
}

/** Losses first, each sort with the largest first. */
export function effectsOf({ changes, principals }: Preview): readonly Effect[] {
  const titles = new Map(principals.map(({ id, title }) => [id, title]));
  const effects = changes.flatMap((change) =>
    (['lost', 'gained'] as const).flatMap((direction): Effect[] => {
      const { count, records } = change[direction];
      if (Number(count) === 0) return [];
      const { entity, privilege, principal_ids, counted } = change;
      const people = principal_ids.map((id) => ({ id, title: titles.get(id) ?? null }));
      return [
        { entity, privilege, direction, count: Number(count), records, people, isPartial: counted === 'readable' },
      ];
    }),
  );
  const rank = ({ direction }: Effect): number => (direction === 'lost' ? 0 : 1);
  return effects.sort((one, other) => rank(one) - rank(other) || other.count - one.count);
}

/** Capabilities and permissions on secured fields that somebody gains or loses. */
export interface NamedEffect {
  readonly person: PreviewRecord;
  readonly what: 'capabilities' | 'secured_fields';
  readonly direction: 'lost' | 'gained';
  readonly names: readonly string[];
}

export function namedEffectsOf({ principals }: Preview): readonly NamedEffect[] {
  return principals.flatMap(({ id, title, ...change }) =>
    (['capabilities', 'secured_fields'] as const).flatMap((what) =>
      (['lost', 'gained'] as const).flatMap((direction) => {
        const names = change[what]?.[direction] ?? [];
        return names.length === 0 ? [] : [{ person: { id, title }, what, direction, names }];
      }),
    ),
  );
}

/** How many people lose something, and how many gain. */
export function totalsOf(preview: Preview): { readonly losing: number; readonly gaining: number } {
  const people = { lost: new Set<string>(), gained: new Set<string>() };
  for (const { direction, people: concerned } of effectsOf(preview))
    for (const { id } of concerned) people[direction].add(id);
  for (const { direction, person } of namedEffectsOf(preview)) people[direction].add(person.id);
  return { losing: people.lost.size, gaining: people.gained.size };
}
