// Which property each column of a file most probably means: by its name or label in any language, as people write them. Pure.
import { nearest } from '@kartoteka/metadata/transfer';
import type { Target } from './targets.ts';

/** Property for each column, or null; no property twice. */
export function suggestTargets(header: readonly string[], targets: readonly Target[]): (string | null)[] {
  const names = new Map<string, string>();
  for (const target of targets) {
    for (const name of namesOf(target)) if (name !== '' && !names.has(name)) names.set(name, target.property);
  }
  const taken = new Set<string>();
  const take = (property: string | undefined): string | null => {
    if (property === undefined || taken.has(property)) return null;
    taken.add(property);
    return property;
  };
  // What is written exactly so goes before what is only like it, wherever it stands in the file.
  const exact = header.map((column) => take(names.get(plain(column))));
  return header.map((column, at) => {
    const word = plain(column);
    if (exact[at] !== null || word.length < 4) return exact[at] ?? null;
    const near = nearest(word, [...names.keys()]);
    return near === null ? null : take(names.get(near));
  });
}

function namesOf({ property, label, field }: Target): string[] {
  const names = [property, property.replace(/_id$/, ''), ...Object.values(label)];
  // The first property of a field that has several stands for the field.
  if (field?.properties[0] === property) names.push(field.name, ...Object.values(field.label));
  return names.map((name) => plain(name ?? ''));
}

/** Letters and digits alone, without case, marks and the difference between е and ё. */
export function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '')
    .normalize('NFC');
}
