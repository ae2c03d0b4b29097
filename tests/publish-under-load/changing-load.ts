// Clients that name what comes and goes: custom fields, relations, entities and values. An answer may be a refusal only where
// what the request named has been removed or changed since it was sent, or is being just then; it is never the service's fault.
import { setTimeout as pause } from 'node:timers/promises';
import type { EntityType, Model, Property } from '@kartoteka/metadata';
import { type Answer, send } from '../service-process.ts';
import { type Node, sampleOf } from './served-change.ts';

/** The newest Model that all nodes serve, and those behind it that are on their way. */
export class ServedModels {
  readonly #models: Model[];
  #served = 0;

  constructor(model: Model) {
    this.#models = [model];
  }

  /** A Model that nodes may serve from now on. */
  coming(model: Model): void {
    this.#models.push(model);
  }

  /** All nodes serve the Model that came last. */
  arrived(): void {
    this.#served = this.#models.length - 1;
  }

  get served(): Model {
    return this.#models[this.#served] as Model;
  }

  /** Place of the served one; `from` takes it. */
  get place(): number {
    return this.#served;
  }

  from(place: number): readonly Model[] {
    return this.#models.slice(place);
  }
}

/** A request, and whether a Model has all that it names, as the Model has it that the request was made from. */
interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly holds: (model: Model) => boolean;
}

const isCustom = (name: string): boolean => name.startsWith('x_') || name.startsWith('in_x_');

export class ChangingClient {
  readonly statuses = new Map<number, number>();
  readonly findings: string[] = [];
  readonly #node: Node;
  readonly #models: ServedModels;
  readonly #random: () => number;
  readonly #records: ReadonlyMap<string, string>;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  /** `records`: set -> id of a record that may be changed. */
  constructor(node: Node, models: ServedModels, records: ReadonlyMap<string, string>, random: () => number) {
    this.#node = node;
    this.#models = models;
    this.#records = records;
    this.#random = random;
  }

  start(gapMs: number): void {
    this.#running = this.#run(gapMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(gapMs: number): Promise<void> {
    while (!this.#stopped) {
      const { place } = this.#models;
      const ask = this.#next();
      if (ask !== null) await this.#send(ask, place);
      await pause(gapMs * 2 * this.#random());
    }
  }

  async #send(ask: Ask, place: number): Promise<void> {
    let answer: Answer;
    try {
      answer = await send(this.#node.address, this.#node.token, ask.method, ask.path, ask.body);
    } catch (error) {
      this.findings.push(`${ask.method} ${ask.path}: no answer: ${String(error)}`);
      return;
    }
    const { status, text } = answer;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status < 400) return;
    const gone = this.#models.from(place).some((model) => !ask.holds(model));
    if (status < 500 && gone) return;
    const body = ask.body === undefined ? '' : ` ${JSON.stringify(ask.body)}`;
    this.findings.push(`${ask.method} ${ask.path}${body} answered ${status}, gone: ${gone}: ${text}`);
  }

  #next(): Ask | null {
    const entities = [...this.#models.served.entities.values()];
    const custom = entities.filter(({ name }) => isCustom(name));
    const known = entities.filter(({ set }) => this.#records.has(set));
    const entity = this.#pick(custom.length > 0 && this.#random() < 0.3 ? custom : known);
    const makers = [asSelect, asFilter, asOrder, asExpand, asCount, this.#asWrite, this.#asWrite, this.#asCreate];
    return this.#pick(makers)(entity, this.#random);
  }

  readonly #asWrite: Maker = (entity, random) => {
    const id = this.#records.get(entity.set);
    const property = pickFrom(written(entity), random);
    if (id === undefined || property === null) return null;
    const body = { [property.name]: valueFor(entity, property, random) };
    return { method: 'PATCH', path: `${entity.set}(${id})`, body, holds: sameProperty(entity, property) };
  };

  readonly #asCreate: Maker = (entity, random) => {
    const property = pickFrom(written(entity), random);
    const required = [...entity.navigations.values()].some(({ field }) => entity.fields.get(field ?? '')?.required);
    if (!isCustom(entity.name) || property === null || required) return null;
    const body = { name: 'Load', [property.name]: valueFor(entity, property, random) };
    return { method: 'POST', path: entity.set, body, holds: sameProperty(entity, property) };
  };

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }
}

type Maker = (entity: EntityType, random: () => number) => Ask | null;

const custom = (entity: EntityType): Property[] => [...entity.properties.values()].filter(({ name }) => isCustom(name));
const written = (entity: EntityType): Property[] =>
  custom(entity).filter((property) => sampleOf(entity, property) !== undefined);

function pickFrom<T>(from: readonly T[], random: () => number): T | null {
  return from[Math.floor(random() * from.length)] ?? null;
}

const reading =
  (options: (property: Property) => string, usable: (property: Property) => boolean = () => true): Maker =>
  (entity, random) => {
    const property = pickFrom(custom(entity).filter(usable), random);
    if (property === null) return null;
    const path = `${entity.set}?${options(property)}&$top=3`;
    return { method: 'GET', path, holds: sameProperty(entity, property) };
  };

const asSelect = reading(({ name }) => `$select=${name}`);
const asFilter = reading(
  ({ name }) => `$filter=${name} ne null&$count=true`,
  ({ operators }) => operators.has('ne'),
);
const asOrder = reading(
  ({ name }) => `$orderby=${name} desc`,
  ({ sortable, type }) => sortable !== false && type !== 'Edm.Untyped' && !type.startsWith('Collection'),
);

const asExpand: Maker = (entity, random) => {
  const navigation = pickFrom(
    [...entity.navigations.values()].filter(({ name }) => isCustom(name)),
    random,
  );
  if (navigation === null) return null;
  const holds = (model: Model): boolean =>
    model.entities.get(entity.name)?.navigations.get(navigation.name)?.target === navigation.target;
  return {
    method: 'GET',
    path: `${entity.set}?$expand=${navigation.name}($top=2)&$top=3`.replace(
      navigation.collection ? '' : '($top=2)',
      '',
    ),
    holds,
  };
};

const asCount: Maker = ({ set, name }) => ({
  method: 'GET',
  path: `${set}/$count`,
  holds: (model) => model.entities.get(name)?.set === set,
});

/** The property as it was: type, values and options of its field. */
function sameProperty(entity: EntityType, property: Property): (model: Model) => boolean {
  const text = textOf(entity, property.name);
  return (model) => {
    const other = model.entities.get(entity.name);
    return other !== undefined && textOf(other, property.name) === text;
  };
}

function textOf(entity: EntityType, name: string): string {
  const property = entity.properties.get(name);
  if (property === undefined) return '';
  const { document, dependency } = entity.fields.get(property.field ?? '') ?? {};
  return JSON.stringify([property.type, property.values, property.maxLength, document, dependency?.property]);
}

/** Texts are never the same twice: a field may be unique. */
function valueFor(entity: EntityType, property: Property, random: () => number): unknown {
  const sample = sampleOf(entity, property);
  return sample === 'probe' ? `p${random().toString(36).slice(2, 14)}` : sample;
}
