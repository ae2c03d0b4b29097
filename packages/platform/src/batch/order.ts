// The order of a batch: single requests and groups as they stand in it, and what each of them waits for.
import { invalidBatch } from './json.ts';
import { referenceOf } from './references.ts';
import type { BatchPart } from './types.ts';

/** What is done at once: one request, or a group. */
export interface Unit {
  readonly group: string | null;
  readonly parts: readonly BatchPart[];
}

/**
 * The units in order. Throws invalid_batch for ids that are not unique, requests of a group that do not stand together, and
 * dependencies on what does not come before.
 */
export function unitsOf(parts: readonly BatchPart[]): readonly Unit[] {
  const units: { group: string | null; parts: BatchPart[] }[] = [];
  const known = new Set<string>();
  for (const part of parts) {
    const last = units.at(-1);
    const joins = part.group !== null && last?.group === part.group;
    if (part.group !== null && !joins) add(known, part.group, part, 'atomicityGroup');
    for (const id of part.dependsOn) {
      const own = joins && id === part.group;
      if (own || !known.has(id)) throw invalidBatch(`${part.place}/dependsOn`, `${id} does not come before`);
    }
    add(known, part.id, part, 'id');
    if (joins) last.parts.push(part);
    else units.push({ group: part.group, parts: [part] });
  }
  return units;
}

function add(known: Set<string>, name: string, { place }: BatchPart, member: string): void {
  if (known.has(name)) throw invalidBatch(`${place}/${member}`, `${name} was there before`);
  known.add(name);
}

/** What of the failed requests and groups a unit waits for; undefined where nothing is in its way. */
export function failedDependency(unit: Unit, failed: ReadonlySet<string>): string | undefined {
  for (const { dependsOn, url } of unit.parts) {
    const found = [...dependsOn, referenceOf(url) ?? ''].find((id) => failed.has(id));
    if (found !== undefined) return found;
  }
  return undefined;
}
