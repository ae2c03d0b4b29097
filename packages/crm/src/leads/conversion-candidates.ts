// `GET /leads(ID)/conversion_candidates`: what a dialog shows before a lead is converted. It changes nothing and shows what the caller may see.
import { type DuplicateRule, labelText } from '@kartoteka/metadata';
import { type Candidate, readableCandidates } from '@kartoteka/platform';
import { entityOf, fittingValues } from './conversion-records.ts';
import { type Context, TARGETS, type Target, type Values } from './conversion-types.ts';

/** Digits of a score that are told. */
const DIGITS = 1_000;

export async function conversionCandidates(context: Context): Promise<unknown> {
  const { model, engine, id } = context;
  const lead: Values = await engine.get(`/leads(${id})`);
  const ofLead = await readableCandidates(context, entityOf(model, 'lead'), { id, values: {} });
  const proposals: Partial<Record<Target, unknown>> = {};
  for (const target of TARGETS) {
    const { values, withheld } = fittingValues(context, target, lead);
    const ofNew = await readableCandidates(context, entityOf(model, target), { id: null, values });
    const candidates = ranked(
      context,
      [...ofLead, ...ofNew].filter(({ rule }) => rule.against === target),
    );
    proposals[target] = { values, withheld, candidates };
  }
  return proposals;
}

interface Reason {
  readonly rule: string;
  readonly label: string;
  readonly properties: readonly string[];
  readonly score: number;
}

/** Each record once with all its reasons; more and better reasons first. */
function ranked({ model }: Context, found: readonly Candidate[]): readonly object[] {
  const byId = Map.groupBy(found, ({ id }) => id ?? '');
  byId.delete('');
  const candidates = [...byId].map(([id, all]) => {
    const reasons = all
      .map(({ rule, score }) => reasonOf(rule, score, model.organization.locale))
      .toSorted((a, b) => b.score - a.score || a.rule.localeCompare(b.rule));
    return { id, title: all[0]?.title ?? null, score: reasons[0]?.score ?? 0, reasons };
  });
  return candidates.toSorted(
    (a, b) => b.score - a.score || b.reasons.length - a.reasons.length || a.id.localeCompare(b.id),
  );
}

function reasonOf({ name, label, match }: DuplicateRule, score: number, locale: string): Reason {
  const properties = match.map(({ other }) => other);
  const rounded = Math.round(score * DIGITS) / DIGITS;
  return { rule: name, label: labelText(label, locale) || name, properties, score: rounded };
}
