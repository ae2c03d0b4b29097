// Change sets, publishing and revisions below /metadata: what each method takes and answers. A table of data.
import { is, listOf } from './members.ts';
import type { Member, Route } from './types.ts';

const OPTIONAL = { optional: true } as const;
const COMMENT = is('Edm.String', 'What it is for, up to 2,000 characters', OPTIONAL);
const FINGERPRINT = is('Edm.String', 'Of the plan that was seen: where it is another by now, nothing is published');
const DESTRUCTIVE = is(
  'Edm.Boolean',
  'True: go on although stored values are no longer reachable afterwards',
  OPTIONAL,
);
const DOCUMENTS = listOf('proposed_document', 'What is to become of documents of the custom layer', { most: 1_000 });
const BASE = is(
  'Edm.Int32',
  'Revision that was seen: refused where one of the documents was published since',
  OPTIONAL,
);

const RESTORE = is(
  'Edm.Boolean',
  'True: fields take up the hidden values of removed fields of their names, where they have the same type, and entities their records',
  OPTIONAL,
);

const RESTORED = is('Edm.Boolean', 'False: what comes back begins empty; else with its values and records', OPTIONAL);

const DIRECT: Readonly<Record<string, Member>> = { documents: DOCUMENTS, base_revision: BASE };
const PUBLISH: Readonly<Record<string, Member>> = { comment: COMMENT, allow_destructive: DESTRUCTIVE };
const RESTORING = { ...PUBLISH, restore: RESTORE };

const MOVED = ['documents_moved'] as const;
const REFUSED = [
  ...([
    ...MOVED,
    'invalid_documents',
    'revision_conflict',
    'plan_moved',
    'destructive_change',
    'change_set_moved',
  ] as const),
  ...(['escalation', 'capacity_exceeded'] as const),
] as const;
const PLANNED = [...MOVED, 'invalid_documents', 'escalation', 'revision_conflict'] as const;

const SET = 'change_sets/{change_set}';
const DOCUMENT = `${SET}/documents/{kind}/{name}`;

const SETS: readonly Route[] = [
  {
    path: 'change_sets',
    method: 'get',
    id: 'change_sets',
    summary: 'Change sets',
    description: 'Every change set in order of names, page by page.',
    returns: { shape: 'change_set', collection: true },
  },
  {
    path: 'change_sets',
    method: 'post',
    id: 'create_change_set',
    summary: 'Make a change set',
    description:
      'Changes of documents that several requests, of several people, put together over the present revision; nothing is published.',
    body: {
      name: is('Edm.String', 'Small letters, digits, - and _, beginning with a letter, 63 at most'),
      comment: COMMENT,
      documents: { ...DOCUMENTS, ...OPTIONAL },
      roll_back_to: is(
        'Edm.Int32',
        'In place of documents: what brings the custom layer back to this revision',
        OPTIONAL,
      ),
    },
    returns: { shape: 'change_set_detail' },
    creates: true,
    tagged: true,
    errors: ['change_set_exists'],
  },
  {
    path: SET,
    method: 'get',
    id: 'change_set',
    summary: 'One change set',
    description: 'The set with the names of its documents.',
    returns: { shape: 'change_set_detail' },
    tagged: true,
  },
  {
    path: SET,
    method: 'patch',
    id: 'describe_change_set',
    summary: 'Change the comment of a change set',
    description: 'Its documents stay as they are.',
    body: { comment: is('Edm.String', 'What it is for, up to 2,000 characters') },
    returns: { shape: 'change_set_detail' },
    tagged: true,
  },
  {
    path: SET,
    method: 'delete',
    id: 'remove_change_set',
    summary: 'Remove a change set',
    description: 'It goes with its documents; what is published stays as it is.',
    returns: null,
    tagged: true,
    errors: ['change_set_moved'],
  },
  {
    path: `${SET}/documents`,
    method: 'post',
    id: 'change_documents',
    summary: 'Change several documents',
    description: 'Puts, patches and takes away documents in the change set, all or none.',
    body: { documents: DOCUMENTS },
    returns: { shape: 'change_set_detail' },
    tagged: true,
  },
  {
    path: DOCUMENT,
    method: 'get',
    id: 'changed_document',
    summary: 'A document in a change set',
    description: 'The document as the custom layer is to have it.',
    returns: { shape: 'changed_document' },
    tagged: true,
  },
  {
    path: DOCUMENT,
    method: 'put',
    id: 'put_document',
    summary: 'Put a document',
    description:
      'The whole document of the custom layer: one of its own (`name`), or an extension of another (`extends`).',
    body: 'custom_document',
    returns: { shape: 'changed_document' },
    tagged: true,
  },
  {
    path: DOCUMENT,
    method: 'patch',
    id: 'patch_document',
    summary: 'Change a document',
    description:
      'A JSON merge patch (RFC 7396) of the document of the custom layer; where there is none and a lower layer has one, it makes an extension of that.',
    body: 'document_patch',
    returns: { shape: 'changed_document' },
    tagged: true,
  },
  {
    path: DOCUMENT,
    method: 'delete',
    id: 'remove_document',
    summary: 'Take a document away',
    description: 'The custom layer is to have it no longer. What lower layers say of it stays.',
    returns: null,
    tagged: true,
  },
  {
    path: `${DOCUMENT}/revert`,
    method: 'post',
    id: 'revert_document',
    summary: 'Leave a document as it is',
    description: 'The change set says nothing of it any more.',
    returns: null,
  },
];

const OF_SETS: readonly Route[] = [
  {
    path: `${SET}/differences`,
    method: 'get',
    id: 'differences',
    summary: 'What others have published since',
    description: 'Of documents that others have changed since the base: base, theirs and yours, place by place.',
    returns: { shape: 'document_differences' },
  },
  {
    path: `${SET}/validate`,
    method: 'post',
    id: 'validate_change_set',
    summary: 'Validate a change set',
    description: 'Everything that is wrong with the documents as they would be, at once.',
    returns: { shape: 'validation' },
    errors: MOVED,
  },
  {
    path: `${SET}/plan`,
    method: 'post',
    id: 'plan_change_set',
    summary: 'Plan the publish of a change set',
    description: 'What it would do, statement by statement, what is lost, and the fingerprint that the publish takes.',
    body: { restore: RESTORE },
    returns: { shape: 'plan_report' },
    errors: PLANNED,
  },
  {
    path: `${SET}/publish`,
    method: 'post',
    id: 'publish_change_set',
    summary: 'Publish a change set',
    description:
      'In one transaction; the set is gone afterwards. The comment is that of the set unless another is given.',
    body: { fingerprint: FINGERPRINT, ...RESTORING },
    returns: { shape: 'published' },
    errors: REFUSED,
  },
  {
    path: `${SET}/rebase`,
    method: 'post',
    id: 'rebase_change_set',
    summary: 'Rebase a change set',
    description: 'Takes over what others have published since the base, and makes the present revision the base.',
    body: {
      take: is('Edm.String', 'Whose change counts where both changed a place; left out: that is refused', {
        ...OPTIONAL,
        values: ['yours', 'theirs'],
      }),
    },
    returns: { shape: 'change_set_detail' },
    tagged: true,
    errors: MOVED,
  },
];

const AT_ONCE: readonly Route[] = [
  {
    path: 'validate',
    method: 'post',
    id: 'validate',
    summary: 'Validate documents',
    description: 'As of a change set, of documents that come with the request.',
    body: DIRECT,
    returns: { shape: 'validation' },
    errors: MOVED,
  },
  {
    path: 'plan',
    method: 'post',
    id: 'plan',
    summary: 'Plan a publish',
    description: 'As of a change set, of documents that come with the request.',
    body: { ...DIRECT, restore: RESTORE },
    returns: { shape: 'plan_report' },
    errors: PLANNED,
  },
  {
    path: 'publish',
    method: 'post',
    id: 'publish',
    summary: 'Publish documents',
    description: 'In one request and one transaction. Patches are applied to what is published when it is carried out.',
    body: {
      ...DIRECT,
      ...RESTORING,
      comment: is('Edm.String', 'What it is for, up to 2,000 characters'),
      fingerprint: { ...FINGERPRINT, ...OPTIONAL },
    },
    returns: { shape: 'published' },
    errors: REFUSED,
  },
];

const REVISIONS: readonly Route[] = [
  {
    path: 'revisions',
    method: 'get',
    id: 'revisions',
    summary: 'Revisions',
    description: 'Every publish, newest first, page by page.',
    returns: { shape: 'revision', collection: true },
  },
  {
    path: 'revisions/{revision}',
    method: 'get',
    id: 'revision',
    summary: 'One revision',
    description: 'What it changed in the Model, and its documents before and after.',
    returns: { shape: 'revision_detail' },
  },
  {
    path: 'revisions/{revision}/roll_back/plan',
    method: 'post',
    id: 'plan_roll_back',
    summary: 'Plan a roll back',
    description: 'What bringing the custom layer back to a revision would do.',
    body: { restore: RESTORED },
    returns: { shape: 'plan_report' },
    errors: PLANNED,
  },
  {
    path: 'revisions/{revision}/roll_back',
    method: 'post',
    id: 'roll_back',
    summary: 'Roll back',
    description:
      'Brings the custom layer back to what it was at a revision, as a new revision. Fields come back with their hidden values, entities with their records.',
    body: { ...PUBLISH, restore: RESTORED, fingerprint: { ...FINGERPRINT, ...OPTIONAL } },
    returns: { shape: 'published' },
    errors: REFUSED,
  },
];

export const CHANGE_SET_ROUTES: readonly Route[] = [...SETS, ...OF_SETS, ...AT_ONCE, ...REVISIONS];
