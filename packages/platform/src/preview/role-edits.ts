// Role documents that a preview puts in place: read as publish would take them, linked by the same linker. It stores nothing.
import { CUSTOM_PREFIXES, type Model, type Role, type SourceDocument } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import { type DocumentChange, modelOf, nextDocuments } from '../publish/plan.ts';
import { readStored } from '../publish/read-stored.ts';
import type { Executor } from '../storage/types.ts';
import { Findings, type Members } from './findings.ts';

/** A role document put into a layer, or taken out of it (`body` null). */
export type RoleEdit = DocumentChange & {
  readonly layer: SourceDocument['layer'];
  /** It is an extension of the document `name`. */
  readonly extension: boolean;
  readonly place: string;
};

/**
 * `{"name": ...}` is a whole document, of the layer that its name says; `{"extends": ...}` the custom extension of one. With
 * `"remove": true` beside it and nothing else, that document is taken away.
 */
export function parseRoles(value: unknown, findings: Findings): readonly RoleEdit[] {
  const edits = findings.objects(value, 'roles').flatMap(({ members, place }): RoleEdit[] => {
    const edit = parseRole(members, place, findings);
    return edit === null ? [] : [edit];
  });
  findings.unique(
    edits,
    ({ layer, name, extension }) => `${layer} ${name} ${extension}`,
    (at) => `roles/${at}`,
  );
  return edits;
}

function parseRole(members: Members, place: string, findings: Findings): RoleEdit | null {
  const extended = Object.hasOwn(members, 'extends');
  const key = extended ? 'extends' : 'name';
  const name = findings.name(members[key], `${place}/${key}`);
  if (name === '') return null;
  const layer = extended || CUSTOM_PREFIXES.some((prefix) => name.startsWith(prefix)) ? 'custom' : 'base';
  const edit = { kind: 'role', name, layer, extension: extended, place } as const;
  if (!Object.hasOwn(members, 'remove')) return { ...edit, body: members };
  if (members.remove !== true) findings.add(`${place}/remove`, 'true is needed, or leave it out');
  findings.only(members, place, [key, 'remove']);
  return { ...edit, body: null };
}

/**
 * The Model with these roles in place of its own; everything else stays as the request's Model has it. Throws
 * invalid_documents as a publish would, validation_failed for a removed document that is not there, revision_conflict when this
 * node does not serve the published revision yet.
 */
export async function modelWithRoles(executor: Executor, model: Model, edits: readonly RoleEdit[]): Promise<Model> {
  const stored = await readStored(executor);
  if (stored.revision !== model.revision) {
    const values = { actual: String(stored.revision), expected: String(model.revision) };
    throw new PlatformError('revision_conflict', values);
  }
  const findings = new Findings();
  const changes = edits.map((edit) => {
    const present = stored.documents.find((document) => isPresent(document, edit));
    if (edit.body === null && present === undefined) {
      findings.add(edit.place, `there is no such document (${edit.layer}/role/${edit.name})`);
    }
    if (edit.extension && stored.documents.some((document) => isPresent(document, { ...edit, extension: false }))) {
      findings.add(`${edit.place}/extends`, `${edit.name} is a custom document: give it as a whole, by its name`);
    }
    return { ...edit, name: present?.name ?? edit.name };
  });
  findings.settle();
  const documents = nextDocuments(stored.documents, { changes });
  if (documents === null) return model;
  return { ...model, roles: modelOf({ ...stored, documents }).roles };
}

/** Whether the edit is of this document. An extension is known by what it extends, whatever it is called itself. */
function isPresent(document: SourceDocument, { name, layer, extension }: RoleEdit): boolean {
  if (document.kind !== 'role' || document.layer !== layer) return false;
  const extended = (document.body as Members).extends;
  return extension ? extended === name : extended === undefined && document.name === name;
}

/** Names of the roles that differ between two Models, by what they give. */
export function changedRoles(before: Model, after: Model): readonly string[] {
  const names = new Set([...before.roles.keys(), ...after.roles.keys()]);
  const text = (role: Role | undefined): string =>
    role === undefined ? '' : JSON.stringify([role.grants, role.fieldPermissions, [...role.capabilities]]);
  return [...names].filter((name) => text(before.roles.get(name)) !== text(after.roles.get(name)));
}
