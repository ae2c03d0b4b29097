// What is below /metadata, route by route: what each method takes and answers. Described once, for the OpenAPI document; what runs is in
// metadata-api/. They are no OData operations, so $metadata has none of them.
import { DOCUMENT_KINDS } from '@kartoteka/metadata';
import { CHANGE_SET_ROUTES } from './change-set-routes.ts';
import { is, listOf } from './members.ts';
import { PACKAGE_ROUTES } from './package-routes.ts';
import type { Member, Route } from './types.ts';

const OPTIONAL = { optional: true } as const;
const LAYER = is('Edm.String', 'base, custom or package:NAME', OPTIONAL);

/** What stands in a path in braces. */
export const PATH_PARAMETERS: Readonly<Record<string, Member>> = {
  kind: is('Edm.String', 'Kind of document', { values: DOCUMENT_KINDS }),
  name: is('Edm.String', 'Name of the document', { example: 'deal' }),
  package: is('Edm.String', 'Name of a package', { example: 'training' }),
  change_set: is('Edm.String', 'Name of the change set', { example: 'training' }),
  revision: is('Edm.Int32', 'Number of a publish', { example: 1 }),
  step: is('Edm.Int64', 'Number of a background step', { example: 1 }),
};

const DOCUMENTS: readonly Route[] = [
  {
    path: '',
    method: 'get',
    id: 'summary',
    summary: 'What is published',
    description: 'Revision, layers and numbers of documents, in one moment.',
    returns: { shape: 'metadata_summary' },
  },
  {
    path: 'documents',
    method: 'get',
    id: 'documents',
    query: { kind: is('Edm.String', 'Of this kind only', { ...OPTIONAL, values: DOCUMENT_KINDS }), layer: LAYER },
    summary: 'Documents',
    description: 'Every document in order of kind and name, with the layers that say something of it, page by page.',
    returns: { shape: 'listed_document', collection: true },
  },
  {
    path: 'documents/{kind}/{name}',
    method: 'get',
    id: 'document',
    query: { layer: LAYER },
    summary: 'One document',
    description:
      'The document in effect, put together from all layers, with its origins; or what one layer says of it.',
    returns: { shape: 'metadata_document' },
    tagged: true,
  },
];

const STATE: readonly Route[] = [
  {
    path: 'steps',
    method: 'get',
    id: 'steps',
    query: { done: is('Edm.Boolean', 'Only those that are done, or are not', OPTIONAL) },
    summary: 'Background steps',
    description:
      'What publishes do after their commit: indexes, validation, values of stored records. The newest first, page by page.',
    returns: { shape: 'background_step', collection: true },
  },
  {
    path: 'steps/{step}/give_up',
    method: 'post',
    id: 'give_up_step',
    summary: 'Give a conversion up',
    description:
      'Ends a conversion that keeps failing or is not wanted: what it has not brought over stays in the hidden column, which can be purged then.',
    returns: { shape: 'background_step' },
    errors: ['unknown_resource', 'conflict'],
  },
  {
    path: 'steps/{step}/resume',
    method: 'post',
    id: 'resume_step',
    summary: 'Resume a conversion',
    description: 'Takes up a conversion that was given up, where it was left, unless its values have been purged.',
    returns: { shape: 'background_step' },
    errors: ['unknown_resource', 'conflict'],
  },
  {
    path: 'capacity',
    method: 'get',
    id: 'capacity',
    query: { entity: is('Edm.String', 'Of this entity only', OPTIONAL) },
    summary: 'What tables have used',
    description: 'Columns, indexes and bytes of a row, per entity in order of name, with what is left, page by page.',
    returns: { shape: 'entity_capacity', collection: true },
  },
];

const ITEMS = listOf('Edm.String', 'Names of items; absent: everything, up to 200', { ...OPTIONAL, most: 200 });

const PURGE: readonly Route[] = [
  {
    path: 'purge/plan',
    method: 'post',
    id: 'plan_purge',
    body: { items: ITEMS },
    summary: 'What a purge would drop',
    description:
      'Columns and tables that removed fields, relations and entities have left, with the records whose values would be lost.',
    returns: { shape: 'purge_plan' },
    errors: ['unknown_resource'],
  },
  {
    path: 'purge',
    method: 'post',
    id: 'purge',
    body: {
      items: ITEMS,
      fingerprint: is('Edm.String', 'Of the plan that was seen'),
      comment: is('Edm.String', 'Kept with the revision', OPTIONAL),
    },
    summary: 'Purge',
    description: 'Drops for good what the plan lists: a revision of its own, and a security event.',
    returns: { shape: 'purge_result' },
    errors: ['unknown_resource', 'plan_moved', 'conflict', 'overloaded', 'not_supported'],
  },
];

/** All of them. */
export const METADATA_ROUTES: readonly Route[] = [
  ...DOCUMENTS,
  ...CHANGE_SET_ROUTES,
  ...STATE,
  ...PURGE,
  ...PACKAGE_ROUTES,
];
