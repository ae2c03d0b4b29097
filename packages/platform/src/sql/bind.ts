// Binds a compiled statement: every slot gets its value from the request, the principal or the clock. No SQL here.
import type { Model } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { armOf } from '../security/access.ts';
import type { Principal } from '../security/types.ts';
import type { Parameters } from '../storage/types.ts';
import type { CompiledStatement, Slot } from './statement.ts';

export interface Bindings {
  readonly model: Model;
  readonly principal: Principal;
  /** Literals of the request's filter, in order. */
  readonly literals: readonly string[];
  /** Named values the statement asks for; a missing name is a programming error. */
  readonly values: Readonly<Record<string, string | null>>;
}

export function bindStatement(statement: CompiledStatement, bindings: Bindings): Parameters {
  const clock = new Clock(bindings.model);
  return statement.slots.map((slot) => slotValue(slot, bindings, clock));
}

function slotValue(slot: Slot, bindings: Bindings, clock: Clock): string | null {
  switch (slot.from) {
    case 'literal': {
      const literal = required(bindings.literals[slot.index], `literal ${slot.index}`);
      return slot.normalize === undefined ? literal : normalized(slot.normalize(literal), literal);
    }
    case 'access':
      return required(
        armOf(bindings.principal.access(slot.entity, slot.privilege), slot.arm)?.ids,
        `arm ${slot.arm} of ${slot.entity}`,
      );
    case 'context':
      return contextValue(slot.name, bindings, clock);
    case 'value':
      return required(bindings.values[slot.name], `value ${slot.name}`);
    case 'constant':
      return slot.value;
  }
}

/** A text in quotes may stand for a value of another type: of those that share a plan one can be none. */
function normalized(value: unknown, literal: string): string {
  if (value !== undefined) return String(value);
  const reason = `'${literal.slice(0, 40)}' is no value of the type that it is compared with`;
  throw new PlatformError('invalid_expression', { reason }, { target: '$filter' });
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the statement asks for ${what}, which was not given`);
  return value;
}

function contextValue(
  name: Extract<Slot, { from: 'context' }>['name'],
  { model, principal }: Pick<Bindings, 'model' | 'principal'>,
  clock: Clock,
): string | null {
  switch (name) {
    case 'me':
      return principal.id;
    case 'caller':
      return principal.callerId ?? null;
    case 'my_teams':
      return `{${principal.teamIds.join(',')}}`;
    case 'my_business_unit':
      return principal.businessUnitId;
    case 'now':
      return clock.now();
    case 'today':
      return clock.today();
    case 'time_zone':
      return model.organization.timeZone;
  }
}

/** One reading of the clock for all slots of a statement. */
class Clock {
  readonly #model: Model;
  #at: Date | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  now(): string {
    this.#at ??= new Date();
    return this.#at.toISOString();
  }

  today(): string {
    this.#at ??= new Date();
    return dateIn(this.#model.organization.timeZone, this.#at);
  }
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** ISO date of an instant in an IANA time zone. */
export function dateIn(timeZone: string, at: Date): string {
  let format = dateFormats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
    dateFormats.set(timeZone, format);
  }
  return format.format(at);
}
