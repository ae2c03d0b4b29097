// What a preview answers, put together chunk by chunk. It counts nothing itself.
import type { FieldPermission } from '@kartoteka/metadata';
import type { UserPrincipal } from '../security/principals.ts';
import type { Candidate } from './candidates.ts';
import type { Counted, ShownRecord } from './count.ts';
import type { Difference, Pair } from './differences.ts';

interface Change<T> {
  readonly gained: T;
  readonly lost: T;
}

type Names = readonly string[];

interface ChangeEntry {
  readonly entity: string;
  readonly privilege: string;
  readonly principal_ids: string[];
  readonly counted: 'all' | 'readable';
  readonly gained: { readonly count: number; readonly records: readonly ShownRecord[] };
  readonly lost: { readonly count: number; readonly records: readonly ShownRecord[] };
}

interface ConcernedUser {
  readonly id: string;
  readonly title: unknown;
  readonly capabilities?: Change<Names>;
  readonly secured_fields?: Change<Names>;
}

/** The answer of a preview. */
export interface PreviewBody {
  readonly examined: number;
  readonly not_examined: number;
  readonly records_left_out: boolean;
  readonly principals: readonly ConcernedUser[];
  readonly changes: readonly ChangeEntry[];
}

export class PreviewAnswer {
  readonly #titles: ReadonlyMap<string, unknown>;
  readonly #principals: ConcernedUser[] = [];
  /** By difference; null: nothing is gained or lost by it. */
  readonly #changes = new Map<string, ChangeEntry | null>();
  readonly #concerned = new Set<string>();
  #leftOut = false;

  constructor(users: readonly Candidate[]) {
    this.#titles = new Map(users.map(({ id, title }) => [id, title]));
  }

  /** Adds the users of differences that were counted before. Answers the others. */
  addKnown(differences: readonly Difference[]): readonly Difference[] {
    return differences.filter(({ key, principalIds }) => {
      const known = this.#changes.get(key);
      if (known === undefined) return true;
      if (known !== null) this.#concern(known, principalIds);
      return false;
    });
  }

  /** `counted`: those of `differences` by which something is gained or lost. */
  addCounted(
    differences: readonly Difference[],
    counted: readonly Counted[],
    shown: Change<ReadonlyMap<Counted, readonly ShownRecord[]>> & { readonly leftOut: boolean },
  ): void {
    this.#leftOut ||= shown.leftOut;
    for (const { key } of differences) this.#changes.set(key, null);
    for (const each of counted) {
      const { difference, readableOnly } = each;
      const { entity, privilege } = difference.after.access;
      const entry: ChangeEntry = {
        entity,
        privilege,
        principal_ids: [],
        counted: readableOnly ? 'readable' : 'all',
        gained: { count: each.gained, records: shown.gained.get(each) ?? [] },
        lost: { count: each.lost, records: shown.lost.get(each) ?? [] },
      };
      this.#changes.set(difference.key, entry);
      this.#concern(entry, difference.principalIds);
    }
  }

  #concern(entry: ChangeEntry, ids: readonly string[]): void {
    entry.principal_ids.push(...ids);
    for (const id of ids) this.#concerned.add(id);
  }

  /** Users whose differences were added. */
  addPrincipals(pairs: readonly Pair[]): void {
    for (const pair of pairs) this.#addPrincipal(pair, this.#concerned.has(pair.id));
  }

  #addPrincipal(pair: Pair, concerned: boolean): void {
    const capabilities = changeOf(pair, (principal) => [...principal.capabilities]);
    const fields = changeOf(pair, permissions);
    if (!concerned && capabilities === null && fields === null) return;
    this.#principals.push({
      id: pair.id,
      title: this.#titles.get(pair.id) ?? null,
      ...(capabilities === null ? {} : { capabilities }),
      ...(fields === null ? {} : { secured_fields: fields }),
    });
  }

  /** `examined` of `total` users whom the change may concern were worked out. */
  body(examined: number, total: number): PreviewBody {
    return {
      examined,
      not_examined: total - examined,
      records_left_out: this.#leftOut,
      principals: this.#principals,
      changes: [...this.#changes.values()].filter((change) => change !== null),
    };
  }
}

/** Null: nothing is gained or lost. */
function changeOf({ before, after }: Pair, namesOf: (principal: UserPrincipal) => Names): Change<Names> | null {
  const was = new Set(before === null ? [] : namesOf(before));
  const is = new Set(after === null ? [] : namesOf(after));
  const change = { gained: [...is.difference(was)].sort(), lost: [...was.difference(is)].sort() };
  return change.gained.length + change.lost.length === 0 ? null : change;
}

/** What is permitted with secured fields, as `read deal.margin`. */
function permissions({ facts, model }: UserPrincipal): Names {
  const name = ({ entity, field, right }: FieldPermission): string => `${right} ${entity}.${field}`;
  return facts.roles.flatMap(({ role }) => model.roles.get(role)?.fieldPermissions.map(name) ?? []);
}
