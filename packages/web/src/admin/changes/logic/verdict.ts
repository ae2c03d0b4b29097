// What a plan comes to, in sentences for the top of its page: each a key of the language files with its values, and how grave it is. Pure.
import type { Counted, PlanReport, Preview } from '../api-types.ts';

export interface Sentence {
  readonly tone: 'good' | 'note' | 'danger';
  /** Below `changes.verdict`. */
  readonly key: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** The gravest first. `preview`: who gains and loses records by changed roles, where that is known. */
export function verdictOf(plan: PlanReport, preview: Preview | null): Sentence[] {
  const { changes, losses, dependents, capacity, conversions, retired, checks } = plan;
  if (changes.length === 0 && plan.steps.length === 0 && plan.rights.length === 0) {
    return [{ tone: 'note', key: 'nothing', values: {} }];
  }
  const note = (key: string, smart_count: number): Sentence[] =>
    smart_count === 0 ? [] : [{ tone: 'note', key, values: { smart_count } }];
  const restored = retired.filter((each) => each.restored).length;
  const sentences: Sentence[] = [
    ...lossSentences(losses),
    ...lockSentences(plan),
    ...note('converts', conversions.length),
    ...note('restores', restored),
    ...note('hidden', retired.length - restored),
    ...note('checks', checks.length),
    ...note('dependents', dependents.length),
    ...note('capacity', capacity.length),
    ...rightsSentences(plan, preview),
  ];
  const gravity = ['danger', 'note', 'good'];
  return sentences.toSorted((a, b) => gravity.indexOf(a.tone) - gravity.indexOf(b.tone));
}

function lossSentences(losses: PlanReport['losses']): Sentence[] {
  if (losses.length === 0) return [{ tone: 'good', key: 'no_loss', values: {} }];
  const { known, open } = totalOf(losses);
  // Where something could not be counted to its end the number is the least there is.
  const key = open ? 'loss_at_least' : 'loss';
  return [{ tone: 'danger', key, values: { smart_count: losses.length, records: known } }];
}

function lockSentences({ steps }: PlanReport): Sentence[] {
  const inside = steps.filter(({ phase }) => phase === 'transaction').length;
  const behind = steps.length - inside;
  const rewrites = steps.filter((step) => step.rewrites);
  const rows = rewrites.reduce((sum, { rows: count }) => sum + Number(count ?? 0), 0);
  return [
    { tone: 'good', key: inside === 0 ? 'no_lock' : 'short_locks', values: { smart_count: inside } },
    ...(behind === 0 ? [] : [{ tone: 'note', key: 'background', values: { smart_count: behind } } as const]),
    ...(rewrites.length === 0 ? [] : [{ tone: 'note', key: 'rewrites', values: { rows } } as const]),
  ];
}

function rightsSentences({ rights }: PlanReport, preview: Preview | null): Sentence[] {
  if (rights.length === 0) return [{ tone: 'good', key: 'no_rights', values: {} }];
  const sentences: Sentence[] = [{ tone: 'note', key: 'rights', values: { smart_count: rights.length } }];
  if (preview === null) return sentences;
  const { gain, lose } = peopleOf(preview);
  return [
    ...sentences,
    { tone: lose.size > 0 ? 'danger' : 'good', key: 'people_lose', values: { smart_count: lose.size } },
    { tone: 'note', key: 'people_gain', values: { smart_count: gain.size } },
  ];
}

/** Ids of who would see more, and of who would see less. */
export function peopleOf({ changes, principals }: Preview): {
  readonly gain: ReadonlySet<string>;
  readonly lose: ReadonlySet<string>;
} {
  const gain = new Set(changes.filter(({ gained }) => Number(gained.count) > 0).flatMap((each) => each.principal_ids));
  const lose = new Set(changes.filter(({ lost }) => Number(lost.count) > 0).flatMap((each) => each.principal_ids));
  for (const { id, capabilities, secured_fields } of principals) {
    const parts = [capabilities, secured_fields];
    if (parts.some((part) => (part?.gained.length ?? 0) > 0)) gain.add(id);
    if (parts.some((part) => (part?.lost.length ?? 0) > 0)) lose.add(id);
  }
  return { gain, lose };
}

/** The sum of what was counted; `open`: there is more than that. */
export function totalOf(counts: readonly Counted[]): { readonly known: number; readonly open: boolean } {
  const known = counts.reduce((sum, { records }) => sum + Number(records ?? 0), 0);
  return { known, open: counts.some(({ records, more }) => records === null || more) };
}
