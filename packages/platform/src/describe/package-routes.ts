// Routes of packages below /metadata. A table of data.
import { MOST_PACKAGE_DOCUMENTS } from '@kartoteka/metadata';
import { is, listOf } from './members.ts';
import type { Member, Route } from './types.ts';

const OPTIONAL = { optional: true } as const;

const ARCHIVE: Readonly<Record<string, Member>> = {
  manifest: is('package_manifest', 'Who ships what'),
  documents: listOf('package_document', 'Its documents', { most: MOST_PACKAGE_DOCUMENTS }),
  kept_data: is('Edm.String', 'Whether data come back that an uninstalled version left, or stay out of sight', {
    ...OPTIONAL,
    values: ['restore', 'leave'],
  }),
};

const DATA = is('Edm.String', 'What becomes of its data: they are kept out of sight', {
  ...OPTIONAL,
  values: ['keep'],
});
const CONFIRMED: Readonly<Record<string, Member>> = {
  fingerprint: is('Edm.String', 'Of the plan that was seen'),
  comment: is('Edm.String', 'For the list of revisions', OPTIONAL),
};

const REFUSALS = ['invalid_documents', 'package_conflict', 'not_supported', 'capacity_exceeded'] as const;
const PLANNED = [...REFUSALS, 'escalation', 'revision_conflict'] as const;
const MOVED = [...PLANNED, 'plan_moved', 'conflict', 'overloaded'] as const;

export const PACKAGE_ROUTES: readonly Route[] = [
  {
    path: 'packages',
    method: 'get',
    id: 'packages',
    summary: 'Packages',
    description: 'What is installed, and what was and left data, by name.',
    returns: { shape: 'known_package', collection: true },
  },
  {
    path: 'packages',
    method: 'post',
    id: 'install_package',
    summary: 'Install or upgrade a package',
    description: 'Brings the documents of the package in place of those of its version before, as one publish.',
    body: {
      ...ARCHIVE,
      ...CONFIRMED,
      allow_destructive: is('Edm.Boolean', 'Go on although data get out of reach', OPTIONAL),
    },
    returns: { shape: 'package_result' },
    errors: [...MOVED, 'destructive_change'],
  },
  {
    path: 'packages/plan',
    method: 'post',
    id: 'plan_package',
    summary: 'Plan an installation or upgrade',
    description: 'What it would do, with the fingerprint that carrying it out takes. Nothing is changed.',
    body: ARCHIVE,
    returns: { shape: 'package_plan' },
    errors: PLANNED,
  },
  {
    path: 'packages/export',
    method: 'post',
    id: 'export_customisations',
    summary: 'Make a package of customisations',
    description:
      'The chosen documents of the custom layer under a manifest whose prefix their names carry. Nothing is changed.',
    body: {
      manifest: is('package_manifest', 'Of the new package'),
      documents: listOf('chosen_document', 'What goes into it', { most: MOST_PACKAGE_DOCUMENTS }),
    },
    returns: { shape: 'package_archive' },
    errors: REFUSALS,
  },
  {
    path: 'packages/{package}',
    method: 'get',
    id: 'package',
    summary: 'An installed package',
    description: 'The archive it was installed from, the same bytes for the same contents.',
    returns: { shape: 'package_archive' },
  },
  {
    path: 'packages/{package}/uninstall',
    method: 'post',
    id: 'uninstall_package',
    summary: 'Uninstall a package',
    description: 'Takes its documents away. Data that are kept come back when it is installed again.',
    body: { data: DATA, ...CONFIRMED },
    returns: { shape: 'package_result' },
    errors: MOVED,
  },
  {
    path: 'packages/{package}/uninstall/plan',
    method: 'post',
    id: 'plan_uninstallation',
    summary: 'Plan an uninstallation',
    description: 'What would get out of reach, and what depends on it.',
    body: { data: DATA },
    returns: { shape: 'package_plan' },
    errors: PLANNED,
  },
];
