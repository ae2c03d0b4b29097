// The records of a deep insert as nodes: each with its id, the values and links that its place among the others gives it, and
// those that have to be there before. It writes nothing and judges no values.
import { randomUUIDv7 } from 'node:crypto';
import type { EntityType, Model, Navigation } from '@kartoteka/metadata';
import { errorDetail, PlatformError } from '../errors.ts';
import { targetOf } from '../plan/read.ts';
import type { Payload } from '../request/payload.ts';
import type { LinkChange } from '../write/request.ts';

export interface DeepNode {
  readonly entity: EntityType;
  /** Where it stands in the body: `contacts/1/deals/0`; empty for the outermost. */
  readonly place: string;
  readonly id: string;
  /** With its id and what its place says. */
  readonly values: Record<string, unknown>;
  /** Places in them are below that of the node. */
  readonly links: LinkChange[];
  /** Records that are there, whose lookup is to lead to it. */
  readonly adopted: readonly LinkChange[];
  /** Nodes that have to be there before it. */
  readonly after: DeepNode[];
  /** Position among the nodes. */
  readonly index: number;
}

/** The nodes in the order of the body, the outermost first. Throws validation_failed where a reference is given twice. */
export function deepNodes(model: Model, entity: EntityType, payload: Payload): readonly DeepNode[] {
  const nodes: DeepNode[] = [];
  add(model, entity, payload, '', nodes);
  return nodes;
}

function add(model: Model, entity: EntityType, payload: Payload, place: string, nodes: DeepNode[]): DeepNode {
  const { id } = payload.values;
  const values = { ...payload.values };
  // What is no id is told with the other values.
  const own = typeof id === 'string' ? id.toLowerCase() : randomUUIDv7();
  if (id === undefined) values.id = own;
  const { adopted = [], nested = [] } = payload;
  const base = { entity, place, id: own, values, links: [...payload.links], adopted };
  const node: DeepNode = { ...base, after: [], index: nodes.length };
  nodes.push(node);
  for (const { navigation, records } of nested) {
    const target = targetOf(model, navigation);
    const others = records.map(({ place: below, payload: inner }) =>
      add(model, target, inner, place === '' ? below : `${place}/${below}`, nodes),
    );
    relate(
      node,
      navigation,
      others,
      records.map((record) => record.place),
    );
  }
  return node;
}

/** A lookup leads from the one record to the other, whichever has it; links are made when both are there. */
function relate(node: DeepNode, navigation: Navigation, others: readonly DeepNode[], places: readonly string[]): void {
  if (navigation.junction !== undefined) {
    const ids = others.map(({ id }) => id);
    node.links.push({ navigation, ids, placeOf: (place) => places[place] ?? navigation.name });
    node.after.push(...others);
    return;
  }
  for (const other of others) {
    const [holder, target] = navigation.collection ? [other, node] : [node, other];
    lead(holder, navigation, target);
    holder.after.push(target);
  }
}

/** Throws validation_failed where the body says another record. */
function lead(holder: DeepNode, navigation: Navigation, target: DeepNode): void {
  const { values, place } = holder;
  for (const [name, value] of Object.entries(leadingTo(navigation, target.id))) {
    if (Object.hasOwn(values, name) && values[name] !== value) {
      const at = place === '' ? name : `${place}/${name}`;
      const detail = errorDetail('invalid_value', { name, reason: 'the reference is given twice' }, at);
      throw new PlatformError('validation_failed', {}, { details: [detail] });
    }
    values[name] = value;
  }
}

/** Values of the record that holds a lookup with which it leads to the record. */
export function leadingTo({ property, discriminator }: Navigation, id: string): Readonly<Record<string, string>> {
  return { [property]: id, ...(discriminator === undefined ? {} : { [discriminator.property]: discriminator.value }) };
}
