// The places of documents that name what a publish removes or changes.

import { type DocumentPart, dependentPlaces, type ModelChange, type SourceDocument } from '@kartoteka/metadata';
import { inSlices } from '../in-slices.ts';
import { installedManifests } from '../package-change.ts';
import type { StoredPackage } from '../package-store.ts';
import type { PublishPlan } from '../plan.ts';
import type { Stored } from '../store.ts';
import type { Dependent } from './types.ts';

const PARTS: ReadonlySet<string> = new Set<DocumentPart['what']>([
  'entity',
  'choice',
  'role',
  'view',
  'form',
  'duplicate_rule',
  'assignment_rule',
  'mapping',
  'field',
  'choice_value',
]);

/**
 * Who named a removed part is looked for in the documents of before, as they stand now they name it no longer; who names a
 * changed one, in those of after. Changes that concern nobody's data (`metadata_only`) change nothing for others.
 */
export async function dependents(stored: Stored, plan: PublishPlan): Promise<Dependent[]> {
  const { changes, documents } = plan;
  const removed = changes.filter(({ change }) => change === 'removed');
  const changed = changes.filter(({ change, effect }) => change === 'changed' && effect !== 'metadata_only');
  return [
    ...(await placesOf(stored.documents, stored.packages, removed)),
    ...(await placesOf(documents, plan.packages ?? stored.packages, changed)),
  ];
}

async function placesOf(
  documents: readonly SourceDocument[],
  packages: readonly StoredPackage[],
  changes: readonly ModelChange[],
): Promise<Dependent[]> {
  const parts = changes
    .filter(({ what }) => PARTS.has(what))
    .map(({ what, subject, name }) => ({ what, subject, name }));
  const options = { packages: installedManifests(packages) };
  const places = await inSlices(dependentPlaces(documents, parts as DocumentPart[], options));
  return places.map(({ kind, name, pointer, on }) => ({ kind, name, pointer, on: on.join(', ') }));
}
