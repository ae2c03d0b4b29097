// Random changes of the documents of every kind, those that take something away included: fields, relations, entities, choices
// and their values are added, relabelled, retyped, deactivated and removed, and come back under a name that was used before.
// It only composes documents that compile; publishing them is the caller's business.
import { compileDocuments, type SourceDocument } from '@kartoteka/metadata';
import { type DocumentChange, nextDocuments } from '../publish/plan.ts';
import { fieldOfAnyType, pick, type RandomChange, randomAdditiveChange } from './random-change.ts';

type Json = Record<string, unknown>;
type Random = () => number;

interface Context {
  readonly documents: readonly SourceDocument[];
  readonly random: Random;
  /** Documents of the custom layer. */
  readonly custom: readonly SourceDocument[];
}

/** Null where there is nothing of the kind. */
type Kind = (context: Context) => RandomChange | null;

/**
 * One change of the stored documents (all layers) that compiles. What stands on something removed goes with it. Publish it with
 * the revision that the documents were read at, and with `allowDestructive`.
 */
export function randomAnyChange(documents: readonly SourceDocument[], random: Random): RandomChange {
  const context = { documents, random, custom: documents.filter(({ layer }) => layer === 'custom') };
  for (;;) {
    const change = random() < 0.4 ? randomAdditiveChange(documents, random) : pick(KINDS, random)(context);
    const valid = change === null ? null : withDependents(documents, change);
    if (valid !== null) return valid;
  }
}

/** The members that a custom document adds to its kind. */
function membersOf(document: SourceDocument, member: string): [name: string, value: Json][] {
  const members = (document.body as Json)[member];
  return members === undefined ? [] : (Object.entries(members as Json) as [string, Json][]);
}

interface Found {
  readonly document: SourceDocument;
  readonly name: string;
  readonly value: Json;
}

/** One of the members of all custom documents of a kind; null where there is none. */
function pickMember({ custom, random }: Context, kind: SourceDocument['kind'], member: string): Found | null {
  const found = custom
    .filter((document) => document.kind === kind)
    .flatMap((document) => membersOf(document, member).map(([name, value]) => ({ document, name, value })))
    .filter(({ name }) => name.startsWith('x_'));
  return found.length === 0 ? null : pick(found, random);
}

/** The document with a member of a member put to a value, or taken out (null). */
function withMember(document: SourceDocument, member: string, name: string, value: Json | null): DocumentChange {
  const body = { ...(document.body as Json) };
  const { [name]: _old, ...others } = (body[member] ?? {}) as Json;
  body[member] = value === null ? others : { ...others, [name]: value };
  return changeOf(document, body);
}

/** An extension that says nothing any more is taken out. */
function changeOf({ kind, name }: SourceDocument, body: Json): DocumentChange {
  const said = Object.entries(body).some(
    ([key, value]) => key !== 'extends' && (typeof value !== 'object' || Object.keys(value as Json).length > 0),
  );
  return { kind, name, layer: 'custom', body: Object.hasOwn(body, 'extends') && !said ? null : body };
}

const remove =
  (kind: SourceDocument['kind'], member: string): Kind =>
  (context) => {
    const found = pickMember(context, kind, member);
    if (found === null) return null;
    const { document, name } = found;
    const description = `${kind} ${document.name} without ${member}/${name}`;
    return { description, changes: [withMember(document, member, name, null)] };
  };

const relabel =
  (kind: SourceDocument['kind'], member: string): Kind =>
  (context) => {
    const found = pickMember(context, kind, member);
    if (found === null) return null;
    const { document, name, value } = found;
    const label = { en: `${name} ${Math.floor(context.random() * 1000)}` };
    const changes = [withMember(document, member, name, { ...value, label })];
    return { description: `label of ${kind} ${document.name}/${name}`, changes };
  };

/** A value that is no longer offered, or is offered again. */
const deactivate: Kind = (context) => {
  const found = pickMember(context, 'choice', 'values');
  if (found === null) return null;
  const { document, name, value } = found;
  const active = value.active === false;
  const changes = [withMember(document, 'values', name, { ...value, active })];
  return { description: `value ${name} of ${document.name} is ${active ? '' : 'in'}active`, changes };
};

/** Few names, so that they come again after they were removed, with another type. */
const SLOTS = 6;

/** Adds a field under one of few names to a custom document, or gives the one of that name another type. */
const retype: Kind = ({ custom, random }) => {
  const entities = custom.filter(({ kind }) => kind === 'entity');
  if (entities.length === 0) return null;
  const document = pick(entities, random);
  const name = `x_slot${Math.floor(random() * SLOTS)}`;
  const { type, field } = fieldOfAnyType(random);
  return {
    description: `field ${name} of ${document.name} is of type ${type}`,
    changes: [withMember(document, 'fields', name, field)],
  };
};

/** An entity of a name that may have been used before: the table that was kept makes room. */
const toggleEntity: Kind = ({ custom, random }) => {
  const name = `x_again${Math.floor(random() * 2)}`;
  if (custom.some((document) => document.kind === 'entity' && document.name === name)) {
    return { description: `entity ${name} goes`, changes: [{ kind: 'entity', name, layer: 'custom', body: null }] };
  }
  const { field } = fieldOfAnyType(random);
  const body = {
    ...{ name, set: `${name}_set`, label: { en: name }, plural_label: { en: name }, ownership: 'user', title: 'name' },
    fields: { name: { type: 'text', required: true }, x_value: field },
  };
  return { description: `entity ${name} comes`, changes: [{ kind: 'entity', name, layer: 'custom', body }] };
};

const removeEntity: Kind = ({ custom, random }) => {
  const entities = custom.filter(({ kind, body }) => kind === 'entity' && !Object.hasOwn(body as Json, 'extends'));
  if (entities.length === 0) return null;
  const { kind, name } = pick(entities, random);
  return { description: `entity ${name} is removed`, changes: [{ kind, name, layer: 'custom', body: null }] };
};

const addChoice: Kind = ({ random }) => {
  const name = `x_c${Math.floor(random() * 2 ** 32).toString(36)}`;
  const values = Object.fromEntries(['x_p', 'x_q'].map((value, order) => [value, { label: { en: value }, order }]));
  const body = { name, label: { en: name }, values };
  return { description: `choice ${name}`, changes: [{ kind: 'choice', name, layer: 'custom', body }] };
};

const removeChoice: Kind = ({ custom, random }) => {
  const choices = custom.filter(({ kind, body }) => kind === 'choice' && !Object.hasOwn(body as Json, 'extends'));
  if (choices.length === 0) return null;
  const { kind, name } = pick(choices, random);
  return { description: `choice ${name} is removed`, changes: [{ kind, name, layer: 'custom', body: null }] };
};

const KINDS: readonly Kind[] = [
  ...[remove('entity', 'fields'), remove('entity', 'fields'), remove('entity', 'fields')],
  ...[
    remove('entity', 'indexes'),
    remove('choice', 'values'),
    relabel('entity', 'fields'),
    relabel('choice', 'values'),
  ],
  ...[deactivate, retype, retype, toggleEntity, removeEntity, addChoice, removeChoice],
];

/** What still stands on something that goes is taken out where the errors point; null when that does not help. */
function withDependents(documents: readonly SourceDocument[], change: RandomChange): RandomChange | null {
  const changes = new Map(change.changes.map((each) => [`${each.kind} ${each.name}`, each]));
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const next = nextDocuments(documents, { changes: [...changes.values()] });
    if (next === null) return null;
    const compiled = compileDocuments(next, { revision: 0 });
    if (compiled.ok) return { ...change, changes: [...changes.values()] };
    let taken = 0;
    for (const { source, pointer } of compiled.errors) {
      const document = next.find((each) => each.source === source && each.layer === 'custom');
      const [, member = '', name = ''] = pointer.split('/');
      if (document === undefined) continue;
      const key = `${document.kind} ${document.name}`;
      const body = (changes.get(key)?.body ?? document.body) as Json | null;
      if (body === null || !name.startsWith('x_') || !Object.hasOwn((body[member] ?? {}) as Json, name)) continue;
      changes.set(key, withMember({ ...document, body }, member, name, null));
      taken += 1;
    }
    if (taken === 0) return null;
  }
  return null;
}
