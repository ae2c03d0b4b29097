// An activity in one line, for those who do not open it: kind, when, and where. It must not decide who reads it.
import { labelText, type Model } from '@kartoteka/metadata';

export interface SummarizedActivity {
  readonly kind: string;
  readonly starts_on?: string | null;
  readonly due_on?: string | null;
  readonly place?: string | null;
}

/** `Meeting, 24 Nov 2026, 10:00 – 11:00, Room 5`, in the language (one of BCP 47; others are the organization's) and time zone. */
export function summaryOf(
  model: Model,
  { kind, starts_on, due_on, place }: SummarizedActivity,
  language: string | undefined,
  timeZone: string,
): string {
  const spoken = languageFor(model, language);
  const label = model.choices.get('activity_kind')?.values.get(kind)?.label;
  const parts = [label === undefined ? kind : labelText(label, spoken), whenText(spoken, timeZone, starts_on, due_on)];
  return [...parts, place ?? ''].filter((part) => part !== '').join(', ');
}

function languageFor({ organization }: Model, language: string | undefined): string {
  try {
    const [known] = Intl.DateTimeFormat.supportedLocalesOf(language?.trim() ?? []);
    return known ?? organization.locale;
  } catch {
    return organization.locale;
  }
}

function whenText(language: string, timeZone: string, from?: string | null, to?: string | null): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  if (from && to) return format.formatRange(new Date(from), new Date(to));
  const one = from || to;
  return one ? format.format(new Date(one)) : '';
}
