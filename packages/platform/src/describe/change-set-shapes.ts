// Structures of change sets, plans, publishes and revisions. A table of data.
import { DOCUMENT_KINDS } from '@kartoteka/metadata';
import { is, listOf } from './members.ts';
import type { Member, Shape } from './types.ts';

const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;
const KIND = is('Edm.String', 'Kind of document', { values: DOCUMENT_KINDS });
const NAME = is('Edm.String', 'Its name');
const POINTER = is('Edm.String', 'JSON pointer into the document');
const CHANGES = listOf('model_change', 'What changes in the Model');

const SET: Readonly<Record<string, Member>> = {
  name: NAME,
  comment: is('Edm.String', 'What it is for'),
  base_revision: is('Edm.Int32', 'Revision over which the changes were made'),
  version: is('Edm.Int32', 'Grows with every change of it'),
  created_by_id: is('Edm.Guid', 'Who made it', NULLABLE),
  created_on: is('Edm.DateTimeOffset', 'When'),
  modified_by_id: is('Edm.Guid', 'Who changed it last', NULLABLE),
  modified_on: is('Edm.DateTimeOffset', 'When'),
};

const CHANGED: Readonly<Record<string, Member>> = {
  kind: KIND,
  name: NAME,
  removed: is('Edm.Boolean', 'The custom layer is to have it no longer'),
  version: is('Edm.Int32', 'Of the change set, when it was changed last'),
  modified_by_id: is('Edm.Guid', 'Who changed it last', NULLABLE),
  modified_on: is('Edm.DateTimeOffset', 'When'),
};

const SETS: Readonly<Record<string, Shape>> = {
  proposed_document: {
    description: 'What is to become of a document of the custom layer: one of body, patch and remove',
    members: {
      kind: KIND,
      name: NAME,
      body: is('custom_document', 'The whole document', OPTIONAL),
      patch: is('document_patch', 'A JSON merge patch of it', OPTIONAL),
      remove: is('Edm.Boolean', 'True: it is taken away', OPTIONAL),
    },
  },
  custom_document: {
    open: true,
    description: 'A document of the custom layer, by the JSON Schema of its kind: one of its own or an extension',
    members: {
      name: is('Edm.String', 'Of a document of its own', OPTIONAL),
      extends: is('Edm.String', 'Of an extension: what it extends', OPTIONAL),
    },
  },
  document_patch: {
    open: true,
    description: 'A JSON merge patch (RFC 7396): null takes a member out, objects go member by member',
    members: {},
  },
  change_set: { description: 'A change set', members: SET },
  change_set_document: { description: 'A document in a change set', members: CHANGED },
  change_set_detail: {
    description: 'A change set with the names of its documents',
    members: {
      ...SET,
      revision: is('Edm.Int32', 'Revision that is published now'),
      documents: listOf('change_set_document', 'In order of kind and name'),
    },
  },
  changed_document: {
    description: 'A document in a change set, as the custom layer is to have it',
    members: { ...CHANGED, body: is('custom_document', 'Absent where it is taken away', OPTIONAL) },
  },
  document_difference: {
    description: 'A place that is not the same in all three; what is not there is absent',
    members: {
      pointer: POINTER,
      conflict: is('Edm.Boolean', 'Both changed it, each in another way'),
      base: is('Edm.Untyped', 'As it was', OPTIONAL),
      theirs: is('Edm.Untyped', 'As it is published now', OPTIONAL),
      yours: is('Edm.Untyped', 'As the change set has it', OPTIONAL),
    },
  },
  moved_document: {
    description: 'A document of the change set that others have published since its base',
    members: {
      kind: KIND,
      name: NAME,
      conflict: is('Edm.Boolean', 'One of the places is in conflict'),
      differences: listOf('document_difference', 'Place by place'),
    },
  },
  document_differences: {
    description: 'What others have published since the base of a change set',
    members: {
      base_revision: is('Edm.Int32', 'The base'),
      revision: is('Edm.Int32', 'Revision that is published now'),
      documents: listOf('moved_document', 'Documents that both have changed'),
    },
  },
};

const FINDINGS: Readonly<Record<string, Shape>> = {
  document_finding: {
    description: 'Something that is wrong; without layer, kind and name it is about the documents as a whole',
    members: {
      layer: is('Edm.String', 'Layer of the document', NULLABLE),
      kind: is('Edm.String', 'Its kind', NULLABLE),
      name: is('Edm.String', 'Its name', NULLABLE),
      pointer: POINTER,
      code: is('Edm.String', 'What it is'),
      reason: is('Edm.String', 'In words'),
      hint: is('Edm.String', 'What may help', OPTIONAL),
    },
  },
  validation: {
    description: 'Everything that is wrong with the documents as they would be',
    members: {
      revision: is('Edm.Int32', 'Revision that they were looked at over'),
      valid: is('Edm.Boolean', 'Whether there are no findings'),
      findings: listOf('document_finding', 'All of them'),
    },
  },
};

const PLANS: Readonly<Record<string, Shape>> = {
  published: {
    description: 'What was published',
    members: {
      revision: is('Edm.Int32', 'Number of the publish; of the present one where nothing changed'),
      outcome: is('Edm.String', 'Whether there was something to change', { values: ['published', 'unchanged'] }),
      changes: { ...CHANGES, description: 'What changed in the Model, the first thousand' },
      change_count: is('Edm.Int32', 'How many there are'),
      pending_steps: is('Edm.Int32', 'Background steps that were not done when it was answered'),
    },
  },
};

const REVISION: Readonly<Record<string, Member>> = {
  number: is('Edm.Int32', 'Of the publish'),
  created_on: is('Edm.DateTimeOffset', 'When'),
  author_id: is('Edm.Guid', 'Who published; null: the product', NULLABLE),
  caller_id: is('Edm.Guid', 'Who acted as the author', NULLABLE),
  comment: is('Edm.String', 'What it was for', NULLABLE),
  change_count: is('Edm.Int32', 'Changes of the Model; null: from before they were kept', NULLABLE),
};

const REVISIONS: Readonly<Record<string, Shape>> = {
  revision: { description: 'A publish', members: REVISION },
  document_revision: {
    description: 'A document that a publish changed',
    members: {
      layer: is('Edm.String', 'Its layer'),
      kind: KIND,
      name: is('Edm.String', 'As it is stored'),
      change: is('Edm.String', 'What became of it', { values: ['added', 'changed', 'removed'] }),
      before: is('Edm.Untyped', 'Absent where there was none', OPTIONAL),
      after: is('Edm.Untyped', 'Absent where there is none', OPTIONAL),
    },
  },
  revision_detail: {
    description: 'What a publish changed',
    members: {
      ...REVISION,
      model_hash: is('Edm.String', 'Of the Model afterwards'),
      complete: is('Edm.Boolean', 'False: from before the history was kept; only what still stands is told'),
      changes: { ...CHANGES, description: 'What changed in the Model, the first thousand' },
      document_count: is('Edm.Int32', 'How many documents changed'),
      documents: listOf('document_revision', 'The first thousand'),
      bodies_left_out: is('Edm.Boolean', 'All bodies together are too long; the last are absent'),
    },
  },
};

export const CHANGE_SET_SHAPES: Readonly<Record<string, Shape>> = { ...SETS, ...FINDINGS, ...PLANS, ...REVISIONS };
