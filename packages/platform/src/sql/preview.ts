// Statements that count, and show, the records of accesses that differ: many users' at once, each row of the source `c` one
// pair of accesses of the same shape. The records are those of lists (list-keys.ts). It decides no rights.
import type { EntityType } from '@kartoteka/metadata';
import type { AuthorizedPlan } from '../plan/authorize.ts';
import type { SelectNode } from '../plan/read-plan.ts';
import type { Difference, Side } from '../preview/differences.ts';
import { arrayLiteral } from '../security/directory.ts';
import { recordPredicate } from './access.ts';
import { countSource, listSource } from './list-keys.ts';
import type { RowsRequest } from './list-parts.ts';
import { jsonOf, recordColumns } from './record-json.ts';
import { textArray } from './row-source.ts';
import { conditionPrinter, coveredSql, type StatementContext } from './scope.ts';
import { type Slot, SlotWriter } from './statement.ts';

/** Records of `left`; with `right`, those that it covers as well (`both`) or does not (`only`). */
export interface Asked {
  readonly left: Side;
  readonly right: Side | null;
  readonly take: 'both' | 'only';
}

/** A statement; `values` are its slot values, by name. */
export interface PreviewStatement {
  readonly text: string;
  readonly slots: readonly Slot[];
  readonly values: Readonly<Record<string, string>>;
}

/** What the one who asks may read; null: nothing of the entity. */
export type CallerPlan = AuthorizedPlan<{ readonly kind: 'record'; readonly select: SelectNode }> | null;

/** Records shown of each. */
export const MOST_SHOWN = 100;

/** Which records of an entity are counted at all. */
export interface CountedRows {
  readonly entity: EntityType;
  /** Ids of those that the change itself saves. */
  readonly without: readonly string[];
}

/** Equal for two questions that one statement can answer. */
export function askedShape({ left, right, take }: Asked): string {
  const { entity, privilege, shapeKey } = left.access;
  return `${entity} ${privilege} ${take} ${shapeKey} ${right?.access.shapeKey ?? ''}`;
}

/** Columns `n` (position of the question) and `count`; `readable`: only of what the one who asks may read. */
export function countStatement(
  asked: readonly Asked[],
  rows: CountedRows,
  caller: CallerPlan,
  readable: boolean,
): PreviewStatement {
  const printer = new Printer(asked, rows, caller);
  const { from, where } = countSource(printer.rows(readable));
  return printer.finish(`select count(*) as count from ${from} where ${where}`, 'x.count::text as count', '');
}

/** Columns `n` and `body` (JSON of the record): the first readable records of each question, in order of id. */
export function showStatement(
  asked: readonly Asked[],
  rows: CountedRows,
  caller: NonNullable<CallerPlan>,
): PreviewStatement {
  const printer = new Printer(asked, rows, caller);
  const order = [{ sql: 't.id', descending: false }];
  const { from, where, orderBy, limit } = listSource({ ...printer.rows(true), order, limitSql: String(MOST_SHOWN) });
  const body = `${jsonOf(printer.columns(caller))}::text as body`;
  const records = `select t.id, ${body} from ${from} where ${where} order by ${orderBy} ${limit}`;
  return printer.finish(records, 'x.body', ', x.id');
}

/** Values of one side, as columns of the source. */
interface Column {
  readonly name: string;
  readonly cast: string;
  readonly values: readonly string[];
}

/** Slots of a side whose values each question has of its own. */
class SideSlots extends SlotWriter {
  readonly columns = new Map<string, Column>();
  readonly #prefix: string;
  readonly #sides: readonly Side[];
  readonly #shared: SlotWriter;

  constructor(prefix: string, sides: readonly Side[], shared: SlotWriter) {
    super();
    this.#prefix = prefix;
    this.#sides = sides;
    this.#shared = shared;
  }

  override use(slot: Slot, cast: string): string {
    const value = ownValue(slot);
    if (value === null) return this.#shared.use(slot, cast);
    const name = `${this.#prefix}${value.name}`;
    if (!this.columns.has(name)) this.columns.set(name, { name, cast, values: this.#sides.map(value.of) });
    return `c."${name}"`;
  }
}

/** Null: the same for all. */
function ownValue(slot: Slot): { readonly name: string; readonly of: (side: Side) => string } | null {
  if (slot.from === 'access') return { name: `_${slot.arm}`, of: ({ access }) => access.arms[slot.arm]?.ids ?? '{}' };
  if (slot.from !== 'context') return null;
  const of = CONTEXT[slot.name as keyof typeof CONTEXT];
  return of === undefined ? null : { name: `_${slot.name}`, of };
}

const CONTEXT = {
  me: ({ me }: Side) => me,
  my_teams: ({ teams }: Side) => `{${teams.join(',')}}`,
  my_business_unit: ({ unit }: Side) => unit,
} as const;

class Printer {
  readonly #asked: readonly Asked[];
  readonly #rows: CountedRows;
  readonly #caller: CallerPlan;
  readonly #slots = new SlotWriter();
  readonly #left: SideSlots;
  readonly #right: SideSlots;

  constructor(asked: readonly Asked[], rows: CountedRows, caller: CallerPlan) {
    this.#asked = asked;
    this.#rows = rows;
    this.#caller = caller;
    this.#left = new SideSlots(
      'l',
      asked.map(({ left }) => left),
      this.#slots,
    );
    this.#right = new SideSlots(
      'r',
      asked.map(({ left, right }) => right ?? left),
      this.#slots,
    );
  }

  /** The rows of the questions, alias `t`. */
  rows(readable: boolean): RowsRequest {
    const [first] = this.#asked;
    if (first === undefined) throw new Error('nothing is asked');
    const { left, right, take } = first;
    const { entity, without } = this.#rows;
    const tests: string[] = [];
    if (without.length > 0) {
      tests.push(`t.id <> all(${this.#slots.use({ from: 'constant', value: arrayLiteral(without) }, 'uuid[]')})`);
    }
    if (right !== null) {
      const covered = recordPredicate(
        right.access,
        't',
        entity,
        this.#right,
        conditionPrinter({ slots: this.#right }, entity),
      );
      tests.push(take === 'both' ? covered : `not ${covered}`);
    }
    if (readable)
      tests.push(this.#caller === null ? 'false' : coveredSql(this.#context(this.#caller), entity, 't', 'read'));
    return {
      entity,
      alias: 't',
      access: left.access,
      slots: this.#left,
      printCondition: conditionPrinter({ slots: this.#left }, entity),
      filterSql: tests.filter((test) => test !== 'true').join(' and '),
    };
  }

  columns(caller: NonNullable<CallerPlan>): string {
    return recordColumns(this.#context(caller), caller.plan.select, 't');
  }

  /** `records`: a select over the columns of the source `c`. */
  finish(records: string, columns: string, order: string): PreviewStatement {
    const values: Record<string, string> = {};
    const own = [...this.#left.columns.values(), ...this.#right.columns.values()];
    const arrays = own.map(({ name, values: each }) => {
      values[name] = textArray(each);
      return this.#slots.use({ from: 'value', name }, 'text[]');
    });
    values.n = `{${this.#asked.map((_, n) => n).join(',')}}`;
    const numbers = this.#slots.use({ from: 'value', name: 'n' }, 'int[]');
    // Offset 0: each array is read from its text once, not for each record.
    const casts = own.map(({ name, cast }) => `, u."${name}"::${cast} as "${name}"`).join('');
    const names = ['n', ...own.map(({ name }) => `"${name}"`)].join(', ');
    const source = `(select u.n${casts} from unnest(${[numbers, ...arrays].join(', ')}) u(${names}) offset 0) c`;
    const text = `select c.n, ${columns} from ${source} cross join lateral (${records}) x order by c.n${order}`;
    return { text, slots: this.#slots.slots, values };
  }

  #context(plan: NonNullable<CallerPlan>): StatementContext {
    const nothing = { from: 'constant', value: '' } as const;
    return {
      plan,
      slots: this.#slots,
      ieee754: true,
      annotations: false,
      links: { base: nothing, end: nothing },
      aliases: 0,
    };
  }
}

/** What a difference gains and loses, in the words of `Asked`. */
export const GAINED = ({ before, after }: Difference): Asked => ({ left: after, right: before, take: 'only' });
export const LOST = ({ before, after }: Difference): Asked => ({ left: before, right: after, take: 'only' });
