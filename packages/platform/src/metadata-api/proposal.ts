// Documents that are to change, as a body names them one by one, over what the custom layer has at the time: what becomes of each. It
// neither links nor publishes.
import { DOCUMENT_KINDS, type DocumentKind, mergePatch } from '@kartoteka/metadata';
import { errorDetail } from '../errors.ts';
import type { Findings, Members } from '../preview/findings.ts';
import type { DocumentChange } from '../publish/plan.ts';
import type { Executor } from '../storage/types.ts';
import { CHANGE_SET_LIMITS, documentName, tooMany } from './change-set-store.ts';
import { type CustomDocument, customLayerAt, type DocumentKey, extendable, type Json, keyOf } from './custom-layer.ts';

/** What is asked for of one document of the custom layer. */
export type Proposed = DocumentKey &
  (
    | { readonly how: 'put'; readonly body: Json }
    | { readonly how: 'patch'; readonly patch: Json }
    | { readonly how: 'remove' }
  );

/** A document as the custom layer is to have it; `body` null: not at all. */
export type Resolved = DocumentKey & { readonly body: Json | null };

const WAYS = ['body', 'patch', 'remove'] as const;

/** `documents` of a body: each with one of `body`, `patch` and `"remove": true`, no document twice. Throws limit_exceeded. */
export function parseProposed(value: unknown, findings: Findings): readonly Proposed[] {
  if (!Array.isArray(value) || value.length === 0) {
    findings.add('documents', 'a list of documents is needed');
    return [];
  }
  if (value.length > CHANGE_SET_LIMITS.documents)
    throw tooMany('documents in a change set', CHANGE_SET_LIMITS.documents);
  const proposed = value.flatMap((item: unknown, at) => {
    const members = findings.object(item, `documents/${at}`);
    const one = members === null ? null : parseOne(members, `documents/${at}`, findings);
    return one === null ? [] : [one];
  });
  findings.unique(proposed, keyOf, (at) => `documents/${at}`);
  return proposed;
}

function parseOne(members: Members, place: string, findings: Findings): Proposed | null {
  findings.only(members, place, ['kind', ...WAYS, 'name']);
  const { kind, remove } = members;
  const name = findings.name(members.name, `${place}/name`);
  const isKind = (DOCUMENT_KINDS as readonly unknown[]).includes(kind);
  if (!isKind) findings.add(`${place}/kind`, `one of ${DOCUMENT_KINDS.join(', ')} is needed`);
  const given = WAYS.filter((way) => members[way] !== undefined);
  const [way] = given;
  if (way === undefined || given.length > 1) findings.add(place, 'one of body, patch and remove is needed');
  if (way === undefined || given.length > 1 || !isKind || name === '') return null;
  const key = { kind: kind as DocumentKind, name };
  if (way === 'remove') {
    if (remove !== true) findings.add(`${place}/remove`, 'true is needed, or leave it out');
    return { ...key, how: 'remove' };
  }
  const value = findings.object(members[way], `${place}/${way}`);
  if (value === null) return null;
  if (way === 'patch') return { ...key, how: 'patch', patch: value };
  return isNamed(key, value, `${place}/body`, findings) ? { ...key, how: 'put', body: value } : null;
}

/** Whether a body is of the document that it is put in place of: what says another name would land elsewhere. */
export function isNamed({ kind, name }: DocumentKey, body: Json, place: string, findings: Findings): boolean {
  const member = Object.hasOwn(body, 'extends') ? 'extends' : 'name';
  if (!Object.hasOwn(body, member) || body[member] === name) return true;
  const at = place === '' ? member : `${place}/${member}`;
  findings.add(at, `the document ${kind}/${name} says ${JSON.stringify(name)} here, as its place does`);
  return false;
}

/**
 * What each document becomes, where the custom layer is that of `revision`, or what `before` has in place of it. A patch of what the
 * custom layer does not have makes an extension where there is something to extend. Reports removals of what is not there.
 */
export async function resolveProposed(
  executor: Executor,
  revision: number,
  proposed: readonly Proposed[],
  findings: Findings,
  before: ReadonlyMap<string, Json | null> = new Map(),
): Promise<readonly Resolved[]> {
  const custom = await customLayerAt(executor, revision, proposed);
  const bodyOf = (key: DocumentKey): Json | null => {
    const changed = before.get(keyOf(key));
    return changed === undefined ? (custom.get(keyOf(key))?.body ?? null) : changed;
  };
  const fresh = proposed.filter((each) => each.how === 'patch' && bodyOf(each) === null);
  const below = fresh.length === 0 ? new Set<string>() : await extendable(executor, fresh);
  return proposed.map((each, at) => {
    const { kind, name } = each;
    const present = bodyOf(each);
    if (each.how === 'remove' && present === null) findings.details.push(notThere(each, `documents/${at}`));
    if (each.how !== 'patch') return { kind, name, body: each.how === 'put' ? each.body : null };
    const start = present ?? (below.has(keyOf(each)) ? { extends: name } : {});
    const body = mergePatch(start, each.patch) as Json;
    isNamed(each, body, `documents/${at}/patch`, findings);
    return { kind, name, body };
  });
}

/** The finding that the custom layer has no such document. */
export function notThere(key: DocumentKey, place: string): ReturnType<typeof errorDetail> {
  const reason = `the custom layer has no document ${documentName(key)}`;
  return errorDetail('invalid_value', { name: place, reason }, place);
}

/** The same as a publish takes it: under the names that the documents are stored as. */
export function documentChanges(
  resolved: readonly Resolved[],
  custom: ReadonlyMap<string, CustomDocument>,
): readonly DocumentChange[] {
  return resolved.map(({ kind, name, body }) => ({
    ...{ kind, body, layer: 'custom' as const },
    name: custom.get(keyOf({ kind, name }))?.stored ?? name,
  }));
}
