// Which stages of a deal are over, by the categories of their choice: administrators may have several that are won or lost.
import type { Model } from '@kartoteka/metadata';

export interface EndedStages {
  readonly won: readonly string[];
  readonly lost: readonly string[];
}

export function endedStages({ entities, choices }: Model): EndedStages {
  const choice: unknown = entities.get('deal')?.fields.get('stage')?.document.choice;
  const values = typeof choice === 'string' ? [...(choices.get(choice)?.values ?? [])] : [];
  const of = (category: string) => values.flatMap(([name, value]) => (value.category === category ? [name] : []));
  return { won: of('won'), lost: of('lost') };
}

/** `stage in ('won','renewed')`, as $filter writes it; of none: false. */
export function isAmong(property: string, values: readonly string[]): string {
  if (values.length === 0) return 'false';
  return `${property} in (${values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',')})`;
}
