// The places of documents that name what a publish removes or changes.

import { setImmediate as turn } from 'node:timers/promises';
import { type DocumentPart, dependentPlaces, type ModelChange, type SourceDocument } from '@kartoteka/metadata';
import type { Dependent } from './types.ts';

const PARTS: ReadonlySet<string> = new Set<DocumentPart['what']>([
  'entity',
  'choice',
  'role',
  'view',
  'form',
  'field',
  'choice_value',
]);

/**
 * Who named a removed part is looked for in the documents of before, as they stand now they name it no longer; who names a
 * changed one, in those of after. Changes that concern nobody's data (`metadata_only`) change nothing for others.
 */
export async function dependents(
  before: readonly SourceDocument[],
  after: readonly SourceDocument[],
  changes: readonly ModelChange[],
): Promise<Dependent[]> {
  const removed = changes.filter(({ change }) => change === 'removed');
  const changed = changes.filter(({ change, effect }) => change === 'changed' && effect !== 'metadata_only');
  return [...(await placesOf(before, removed)), ...(await placesOf(after, changed))];
}

async function placesOf(documents: readonly SourceDocument[], changes: readonly ModelChange[]): Promise<Dependent[]> {
  const parts = changes
    .filter(({ what }) => PARTS.has(what))
    .map(({ what, subject, name }) => ({ what, subject, name }));
  const found: Dependent[] = [];
  for (const places of dependentPlaces(documents, parts as DocumentPart[])) {
    found.push(...places.map(({ kind, name, pointer, on }) => ({ kind, name, pointer, on: on.join(', ') })));
    // Linking is work of the process's one thread: others get their turn between two parts.
    await turn();
  }
  return found;
}
