// What a newer Model has that the older one had not, and whether nodes serve it: added properties are selected, written on
// one node and read on the other; added relations are expanded, added entities listed, added values of choices written.
import { setTimeout as pause } from 'node:timers/promises';
import type { EntityType, Model, Property } from '@kartoteka/metadata';
import { send } from '../service-process.ts';

const SERVED_AT_LAST_MS = 10_000;

export interface Node {
  readonly address: string;
  readonly token: string;
}

/** A check that is tried until it holds. */
export interface Probe {
  readonly what: string;
  /** Null when it holds, else what was answered. */
  readonly run: () => Promise<string | null>;
}

/** Sets of which `records` holds a record to write to: set -> id. */
export type ProbeRecords = ReadonlyMap<string, string>;

/** Checks of everything that `after` has and `before` had not, on every node. */
export function probesOf(before: Model, after: Model, nodes: readonly Node[], records: ProbeRecords): Probe[] {
  return [...after.entities.values()].flatMap((entity) => {
    const old = before.entities.get(entity.name);
    if (old === undefined) return nodes.map((node) => reading(node, `${entity.set}?$top=1`));
    if (old.hash === entity.hash) return [];
    return [
      ...addedProperties(old, entity).flatMap((property) => [
        ...nodes.map((node) => reading(node, `${entity.set}?$select=${property.name}&$top=1`)),
        ...writings(entity, property, nodes, records),
      ]),
      ...[...entity.navigations.keys()]
        .filter((name) => !old.navigations.has(name))
        .flatMap((name) => nodes.map((node) => reading(node, `${entity.set}?$expand=${name}&$top=1`))),
      ...addedValues(old, entity).flatMap(([property, value]) =>
        nodes.map((node) => writing(node, nodes, entity, property, value, records)),
      ),
    ].filter((probe) => probe !== null);
  });
}

function addedProperties(old: EntityType, entity: EntityType): Property[] {
  return [...entity.properties.values()].filter((property) => !old.properties.has(property.name));
}

/** Values of choices that were not allowed before. */
function addedValues(old: EntityType, entity: EntityType): [Property, string][] {
  return [...entity.properties.values()].flatMap((property) => {
    const known = old.properties.get(property.name)?.values;
    // Of a parent the values that depend on it would have to change with it.
    const isParent = [...entity.fields.values()].some(({ document }) => document.parent === property.field);
    if (known === undefined || isParent || property.name.endsWith('_currency')) return [];
    return (property.values ?? []).filter((value) => !known.includes(value)).map((value) => [property, value] as const);
  }) as [Property, string][];
}

/** A value of each type that an added field may have; undefined for what is not written here. */
export function sampleOf(entity: EntityType, property: Property): unknown {
  const field = entity.fields.get(property.field ?? '');
  // Which of several targets a lookup names goes with the id of one.
  if (property.readOnly || field?.type === 'lookup') return undefined;
  if (property.values !== undefined) {
    // Of values that depend on a parent one that goes without.
    const value = property.values.find((each) => field?.dependency?.parents.has(each) !== true);
    if (property.name.endsWith('_currency')) return undefined;
    return property.type === 'Collection(Edm.String)' ? [value] : value;
  }
  const ofFields: Readonly<Record<string, string>> = {
    email: 'probe@example.com',
    phone: '+12025550101',
    url: 'https://example.com/probe',
  };
  const ofField = ofFields[field?.type ?? ''];
  if (ofField !== undefined) return ofField;
  const samples: Partial<Record<Property['type'], unknown>> = {
    'Edm.String': 'probe',
    'Edm.Int64': 7,
    'Edm.Decimal': 12,
    'Edm.Boolean': true,
    'Edm.Date': '2026-03-08',
    'Edm.DateTimeOffset': '2026-03-08T02:30:00.123456+00:00',
    'Edm.Duration': 'PT1H30M',
    'Edm.Untyped': { probe: [1] },
  };
  return samples[property.type];
}

function writings(entity: EntityType, property: Property, nodes: readonly Node[], records: ProbeRecords): Probe[] {
  const value = sampleOf(entity, property);
  if (value === undefined) return [];
  return nodes
    .map((node) => writing(node, nodes, entity, property, value, records))
    .filter((probe): probe is Probe => probe !== null);
}

/** Writes on one node and reads on every node; null where there is no record to write to. */
function writing(
  node: Node,
  nodes: readonly Node[],
  entity: EntityType,
  property: Property,
  value: unknown,
  records: ProbeRecords,
): Probe | null {
  const id = records.get(entity.set);
  if (id === undefined) return null;
  const { name } = property;
  const run = async (): Promise<string | null> => {
    const written = await send(node.address, node.token, 'PATCH', `${entity.set}(${id})`, { [name]: value });
    if (written.status !== 204) return `${written.status}: ${written.text}`;
    for (const reader of nodes) {
      const read = await send(reader.address, reader.token, 'GET', `${entity.set}(${id})?$select=${name}`);
      if (JSON.stringify(read.json[name]) !== JSON.stringify(value))
        return `${reader.address} answered ${read.status}: ${read.text}`;
    }
    return null;
  };
  return { what: `${entity.name}.${name} written at ${node.address}`, run };
}

function reading(node: Node, path: string): Probe {
  const run = async (): Promise<string | null> => {
    const answer = await send(node.address, node.token, 'GET', path);
    return answer.status === 200 ? null : `${answer.status}: ${answer.text}`;
  };
  return { what: `${path} at ${node.address}`, run };
}

/** Records that everybody may write to, made at the node. */
export async function probeRecords(node: Node): Promise<Map<string, string>> {
  const records = new Map<string, string>();
  const values = {
    companies: { name: 'Probe' },
    contacts: { last_name: 'Probe' },
    deals: { name: 'Probe', amount: 1 },
  };
  for (const [set, body] of Object.entries(values)) {
    const answer = await send(node.address, node.token, 'POST', set, body);
    if (answer.status !== 201) throw new Error(`no record of ${set}: ${answer.status}: ${answer.text}`);
    records.set(set, String(answer.json.id));
  }
  return records;
}

/** Milliseconds after which the last request was sent that a node could not serve yet; 0 when every first one held. */
export async function untilServed(probes: readonly Probe[], when: string): Promise<number> {
  const begin = performance.now();
  const tried = probes.map(async (probe) => {
    let late = 0;
    for (;;) {
      const sent = Math.round(performance.now() - begin);
      const answer = await probe.run();
      if (answer === null) return late;
      if (sent > SERVED_AT_LAST_MS) throw new Error(`${when}: ${probe.what}, asked after ${sent} ms: ${answer}`);
      late = sent;
      await pause(20);
    }
  });
  return Math.max(0, ...(await Promise.all(tried)));
}
