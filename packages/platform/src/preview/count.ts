// How many records a difference gains and loses, and which are the first. What several differences share is counted once, what is
// of one shape in one statement. It decides no rights: what the one who asks may read comes from authorizeRead.
import type { EntityType, Privilege } from '@kartoteka/metadata';
import { authorizeRead } from '../plan/authorize.ts';
import type { AuthorizedPreview } from '../plan/preview-authorize.ts';
import { planSelection } from '../plan/read.ts';
import { mayUse } from '../plan/secured.ts';
import { entityOf } from '../security/directory.ts';
import { bindStatement } from '../sql/bind.ts';
import {
  type Asked,
  askedShape,
  type CallerPlan,
  type CountedRows,
  countStatement,
  GAINED,
  LOST,
  MOST_SHOWN,
  type PreviewStatement,
  showStatement,
} from '../sql/preview.ts';
import type { Executor, Row } from '../storage/types.ts';
import type { Budget } from './budget.ts';
import { type Difference, isConditional, type Side } from './differences.ts';

export interface ShownRecord {
  readonly id: string;
  readonly title: unknown;
}

export interface Counted {
  readonly difference: Difference;
  /** Only records that the one who asks may read are counted. */
  readonly readableOnly: boolean;
  readonly gained: number;
  readonly lost: number;
}

/** Questions in one statement. */
const AT_ONCE = 100;
/** Records shown in one answer. */
const MOST_SHOWN_IN_ALL = 10_000;

export class RecordCounter {
  readonly #tx: Executor;
  readonly #preview: AuthorizedPreview;
  readonly #budget: Budget;
  readonly #totals = new Map<string, number>();
  readonly #callers = new Map<string, CallerPlan>();
  #shown = 0;
  /** Some records were not shown because the answer has enough of them. */
  leftOut = false;

  constructor(tx: Executor, preview: AuthorizedPreview, budget: Budget) {
    this.#tx = tx;
    this.#preview = preview;
    this.#budget = budget;
  }

  /** Differences that gain or lose nothing are left out. All of one entity. */
  async count(differences: readonly Difference[]): Promise<readonly Counted[]> {
    const counted: Counted[] = [];
    for (const readableOnly of [false, true]) {
      const part = differences.filter((difference) => this.#isReadableOnly(difference) === readableOnly);
      counted.push(...(await this.#countPart(part, readableOnly)));
    }
    return counted.filter(({ gained, lost }) => gained > 0 || lost > 0);
  }

  /** The first records of each, as many as are left to show. */
  async show(counted: readonly Counted[], which: 'gained' | 'lost'): Promise<ReadonlyMap<Counted, ShownRecord[]>> {
    const wanted = counted.filter((each) => each[which] > 0);
    const records = new Map(wanted.map((each): [Counted, ShownRecord[]] => [each, []]));
    const question = which === 'gained' ? GAINED : LOST;
    for (const group of this.#groups(wanted, ({ difference }) => question(difference))) {
      if (this.#callerOf(entityOf(this.#preview.model, group[0]?.difference.after.access.entity ?? '')) === null)
        continue;
      const room = Math.floor((MOST_SHOWN_IN_ALL - this.#shown) / MOST_SHOWN);
      if (room < group.length) this.leftOut = true;
      const part = group.slice(0, room);
      await this.#showPart(
        part,
        part.map(({ difference }) => question(difference)),
        records,
      );
    }
    return records;
  }

  async #showPart(
    part: readonly Counted[],
    asked: readonly Asked[],
    records: ReadonlyMap<Counted, ShownRecord[]>,
  ): Promise<void> {
    const entity = this.#entityOf(asked);
    const caller = entity === null ? null : this.#callerOf(entity);
    if (entity === null || caller === null) return;
    for (const row of await this.#run(showStatement(asked, this.#rowsOf(entity), caller))) {
      const body = JSON.parse(String(row.body)) as Record<string, unknown>;
      const each = part[Number(row.n)];
      if (each !== undefined) records.get(each)?.push({ id: String(body.id), title: body[entity.title] ?? null });
      this.#shown += 1;
    }
  }

  async #countPart(differences: readonly Difference[], readableOnly: boolean): Promise<readonly Counted[]> {
    await this.#countTotals(
      differences.flatMap(({ before, after }) => [before, after]),
      readableOnly,
    );
    const both = new Map<Difference, number>();
    const overlapping = differences.filter(({ before, after }) => before.access.granted && after.access.granted);
    for (const group of this.#groups(overlapping, bothOf)) {
      const counts = await this.#counts(group.map(bothOf), readableOnly);
      for (const [at, difference] of group.entries()) both.set(difference, counts[at] ?? 0);
    }
    return differences.map((difference) => {
      const shared = both.get(difference) ?? 0;
      const total = (side: Side): number => this.#totals.get(totalKey(side, readableOnly)) ?? 0;
      const { before, after } = difference;
      return { difference, readableOnly, gained: total(after) - shared, lost: total(before) - shared };
    });
  }

  async #countTotals(sides: readonly Side[], readableOnly: boolean): Promise<void> {
    const missing = new Map<string, Side>();
    for (const side of sides) {
      const key = totalKey(side, readableOnly);
      if (side.access.granted && !this.#totals.has(key)) missing.set(key, side);
    }
    for (const group of this.#groups([...missing], ([, side]) => totalOf(side))) {
      const counts = await this.#counts(
        group.map(([, side]) => totalOf(side)),
        readableOnly,
      );
      for (const [at, [key]] of group.entries()) this.#totals.set(key, counts[at] ?? 0);
    }
  }

  async #counts(asked: readonly Asked[], readableOnly: boolean): Promise<readonly number[]> {
    const entity = this.#entityOf(asked);
    if (entity === null) return [];
    const caller = readableOnly ? this.#callerOf(entity) : null;
    const counts: number[] = [];
    const rows = await this.#run(countStatement(asked, this.#rowsOf(entity), caller, readableOnly));
    for (const { n, count } of rows) counts[Number(n)] = Number(count);
    return counts;
  }

  /** Those whose questions one statement can answer, so many at a time. */
  #groups<T>(items: readonly T[], question: (item: T) => Asked): readonly (readonly T[])[] {
    const groups = Map.groupBy(items, (item) => askedShape(question(item)));
    return [...groups.values()].flatMap((group) =>
      Array.from({ length: Math.ceil(group.length / AT_ONCE) }, (_, n) => group.slice(n * AT_ONCE, (n + 1) * AT_ONCE)),
    );
  }

  #entityOf([first]: readonly Asked[]): EntityType | null {
    return first === undefined ? null : entityOf(this.#preview.model, first.left.access.entity);
  }

  /** What the change saves is not as it will be: it is not counted. */
  #rowsOf(entity: EntityType): CountedRows {
    const saved = this.#preview.saves.filter((save) => save.entity === entity);
    return { entity, without: saved.flatMap(({ id }) => id ?? []) };
  }

  /**
   * A hidden record is counted by where it belongs, never by its values: how many of them a condition holds for would tell what
   * they are.
   */
  #isReadableOnly(difference: Difference): boolean {
    const { entity } = difference.after.access;
    return isConditional(difference) && !this.#preview.principal.access(entity, 'read').unrestricted;
  }

  #callerOf(entity: EntityType): CallerPlan {
    const { model, principal } = this.#preview;
    if (!principal.access(entity.name, READ).granted) return null;
    const known = this.#callers.get(entity.name);
    if (known !== undefined) return known;
    const title = entity.properties.get(entity.title);
    const titled = title !== undefined && title.name !== 'id' && mayUse(principal, entity, title, 'read');
    const select = planSelection(model, entity, { select: titled ? `id,${title.name}` : 'id' });
    const plan = authorizeRead({ kind: 'record', select } as const, model, principal);
    this.#callers.set(entity.name, plan);
    return plan;
  }

  #run({ text, slots, values }: PreviewStatement): Promise<readonly Row[]> {
    this.#budget.check();
    const { model, principal } = this.#preview;
    return this.#tx.run(text, bindStatement({ text, slots }, { model, principal, literals: [], values }));
  }
}

const READ: Privilege = 'read';

const totalOf = (side: Side): Asked => ({ left: side, right: null, take: 'both' });

function totalKey({ access, key }: Side, readableOnly: boolean): string {
  return `${access.entity} ${access.privilege} ${readableOnly} ${key}`;
}

/** Records of both accesses: found along the one that says where they are. */
function bothOf({ before, after }: Difference): Asked {
  const [left, right] = isNarrow(before) || !isNarrow(after) ? [before, after] : [after, before];
  return { left, right, take: 'both' };
}

function isNarrow({ access }: Side): boolean {
  return !access.unrestricted && access.arms.every(({ source }) => source !== 'all');
}
