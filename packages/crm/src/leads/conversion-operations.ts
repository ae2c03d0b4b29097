// What conversion is called over HTTP, takes and answers. It converts nothing itself.
import type { EntityType, Model } from '@kartoteka/metadata';
import { is, listOf, type OperationDefinition, type Shape } from '@kartoteka/platform';
import { conversionCandidates } from './conversion-candidates.ts';
import { MOST_CARRIED, TARGETS, UNDO_DAYS } from './conversion-types.ts';
import { convert } from './convert.ts';
import { undoConversion } from './undo-conversion.ts';

const OPTIONAL = { optional: true } as const;
const NULLABLE = { nullable: true } as const;
const CHOSEN = { optional: true, nullable: true } as const;

const ofLeads = {
  binding: 'record',
  entity: ({ name }: EntityType, { entities }: Model): boolean =>
    name === 'lead' && TARGETS.every((target) => entities.has(target)),
} as const;

export const conversionShapes: Readonly<Record<string, Shape>> = {
  conversion_target: {
    description: 'What a lead becomes: an empty object for a new record',
    members: {
      id: is('Edm.Guid', 'An existing record, which is used instead of a new one', OPTIONAL),
      fill_empty: is('Edm.Boolean', 'The existing record gets what it lacks and the lead has', OPTIONAL),
      values: is('property_values', 'Values of a new record over those of the mapping', OPTIONAL),
    },
  },
  conversion_record: {
    description: 'A record that the lead became',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      created: is('Edm.Boolean', 'Whether it is new'),
      filled: listOf('Edm.String', 'Properties of an existing record that were empty and are not any more'),
      withheld: listOf(
        'Edm.String',
        'Properties that stay as they are because the caller may not see what the lead has',
      ),
      duplicates: listOf('duplicate_candidate', 'Records that the new one is taken for'),
    },
  },
  conversion_left: {
    description: 'What stays where it was',
    members: {
      entity: is('Edm.String', 'Its entity'),
      id: is('Edm.Guid', 'Of the record'),
      reason: is('Edm.String', 'Why'),
    },
  },
  conversion_answer: {
    context: true,
    description: 'What a lead has become',
    members: {
      contact: is('conversion_record', 'The contact', NULLABLE),
      company: is('conversion_record', 'The company', NULLABLE),
      deal: is('conversion_record', 'The deal', NULLABLE),
      carried: is('Edm.Int32', 'Activities, events, memberships and participations that went along'),
      left: listOf('conversion_left', 'What stays with the lead because the contact has one of the kind'),
    },
  },
  conversion_reason: {
    description: 'A duplicate rule by which a record is taken for the lead, or for what would be made of it',
    members: {
      rule: is('Edm.String', 'Its name'),
      label: is('Edm.String', 'What it is called'),
      properties: listOf('Edm.String', 'Properties of the record that are compared'),
      score: is('Edm.Decimal', 'How alike they are: 1 where everything compared is the same, else the similarity'),
    },
  },
  conversion_candidate: {
    description: 'An existing record that may be used',
    members: {
      id: is('Edm.Guid', 'Of the record'),
      title: is('Edm.String', 'Its title, for who may see it', NULLABLE),
      score: is('Edm.Decimal', 'The best of its reasons'),
      reasons: listOf('conversion_reason', 'Why it is told, the best first'),
    },
  },
  conversion_proposal: {
    description: 'What a new record would be made of, and what there is already',
    members: {
      values: is('property_values', 'Values of a new record by property, as the mapping gives them'),
      withheld: listOf('Edm.String', 'Properties that the mapping fills with what the caller may not see'),
      candidates: listOf('conversion_candidate', 'Existing records, the most likely first'),
    },
  },
  conversion_choices: {
    context: true,
    description: 'What a lead may become',
    members: {
      contact: is('conversion_proposal', 'The contact'),
      company: is('conversion_proposal', 'The company'),
      deal: is('conversion_proposal', 'The deal'),
    },
  },
  conversion_undone: {
    context: true,
    description: 'What was taken back',
    members: {
      contact: is('Edm.Guid', 'The contact that is in the recycle bin now', NULLABLE),
      company: is('Edm.Guid', 'The company that is in the recycle bin now', NULLABLE),
      deal: is('Edm.Guid', 'The deal that is in the recycle bin now', NULLABLE),
      carried: is('Edm.Int32', 'Records that came back to the lead'),
      left: listOf('conversion_left', 'What was changed since and stays as it is'),
    },
  },
};

export const conversionOperations: readonly OperationDefinition[] = [
  {
    ...ofLeads,
    name: 'convert',
    kind: 'action',
    parameters: {
      contact: is('conversion_target', 'The contact; none where it is left out or null', CHOSEN),
      company: is('conversion_target', 'The company; none where it is left out or null', CHOSEN),
      deal: is('conversion_target', 'The deal; none where it is left out or null', CHOSEN),
    },
    returns: { shape: 'conversion_answer' },
    summary: 'Convert a lead',
    description: `Makes or takes a contact, a company and a deal, by the mappings of the lead, and links them. Activities and events (${MOST_CARRIED} at most) go to the deal, else to the contact, else to the company. A lead that is converted is a conflict.`,
    run: convert,
  },
  {
    ...ofLeads,
    name: 'undo_conversion',
    kind: 'action',
    parameters: {
      keep: is('Edm.Boolean', 'What was used since stays, instead of refusing it all', OPTIONAL),
    },
    returns: { shape: 'conversion_undone' },
    summary: 'Undo the conversion of a lead',
    description: `For ${UNDO_DAYS} days: the lead is what it was, what went along comes back, and what was made goes to the recycle bin. What was changed since, or is referred to, is a conflict.`,
    run: undoConversion,
  },
  {
    ...ofLeads,
    name: 'conversion_candidates',
    kind: 'function',
    parameters: {},
    returns: { shape: 'conversion_choices' },
    summary: 'What a lead may become',
    description:
      'For each of contact, company and deal: the values that the mapping gives a new one, and existing ones that duplicate rules take for the lead or for the new one, of those the caller may read.',
    run: conversionCandidates,
  },
];
