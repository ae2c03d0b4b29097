// Structures of what is below /metadata. A table of data.
import { DOCUMENT_KINDS } from '@kartoteka/metadata';
import { is, listOf } from './members.ts';
import { STATE_SHAPES } from './metadata-state-shapes.ts';
import { PACKAGE_SHAPES } from './package-shapes.ts';
import { PLAN_SHAPES } from './plan-shapes.ts';
import type { Shape } from './types.ts';

const OPTIONAL = { optional: true } as const;
const KIND = is('Edm.String', 'Kind of document', { values: DOCUMENT_KINDS });

export const METADATA_SHAPES: Readonly<Record<string, Shape>> = {
  ...PLAN_SHAPES,
  ...PACKAGE_SHAPES,
  metadata_summary: {
    description: 'What is published',
    members: {
      revision: is('Edm.Int32', 'Number of the last publish'),
      served_revision: is('Edm.Int32', 'Revision that the node serves; the others follow within a second'),
      published_on: is('Edm.DateTimeOffset', 'When'),
      model_hash: is('Edm.String', 'The same wherever the documents mean the same'),
      layers: is('Edm.Untyped', 'Number of stored documents by layer'),
      documents: is('Edm.Untyped', 'Number of documents in effect by kind'),
      pending_steps: is('Edm.Int32', 'Background steps that are not done'),
    },
  },
  listed_document: {
    description: 'A document by its name',
    members: {
      kind: KIND,
      name: is('Edm.String', 'Its name'),
      layers: listOf('Edm.String', 'Layers that say something of it, lowest first'),
      revision: is('Edm.Int32', 'Publish that changed it last'),
    },
  },
  metadata_document: {
    description: 'A document',
    members: {
      kind: KIND,
      name: is('Edm.String', 'Its name'),
      layer: is('Edm.String', 'The layer that was asked for', OPTIONAL),
      body: is('Edm.Untyped', 'The document itself'),
      origins: is(
        'Edm.Untyped',
        'Of the document in effect: JSON pointer -> layer; what stands at a pointer is of the layer of the longest one that leads to it',
        OPTIONAL,
      ),
    },
  },
  ...STATE_SHAPES,
};
