// What differs between the demo in one language and in another: names and texts. Types only; the words are in words-en.ts and words-ru.ts.
import type { Random } from './random.ts';

export const DEMO_LANGUAGES = ['en', 'ru'] as const;
export type DemoLanguage = (typeof DEMO_LANGUAGES)[number];

/** By the part of the address of e-mail before the `@`. */
export interface UserWords {
  readonly name: string;
  readonly title: string;
}

export interface PersonName {
  readonly first: string;
  readonly middle: string | null;
  readonly last: string;
}

/** Name, industry, country (ISO 3166), city, number of employees. */
export type KnownCompany = readonly [name: string, industry: string, country: string, city: string, headcount: number];

export interface CampaignWords {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  /** First and last day from today. */
  readonly days: readonly [first: number, last: number];
  /** Leads of this source that come while it runs are its. */
  readonly source: string;
  /** Cost as a part of what it has won; null: it has not begun. */
  readonly costs: number | null;
  readonly audience: string;
}

export interface DemoWords {
  readonly language: DemoLanguage;
  readonly users: Readonly<Record<string, UserWords>>;
  /** Business units by their keys. */
  readonly units: Readonly<Record<string, string>>;
  readonly team: { readonly name: string; readonly description: string };
  readonly currency: string;
  /** What one US dollar is in it, for round prices. */
  readonly perDollar: number;
  readonly companies: readonly KnownCompany[];
  /** Names of further companies: a beginning and an end, which says the industry. */
  readonly companyBegins: readonly string[];
  readonly companyEnds: readonly (readonly [end: string, industry: string])[];
  readonly joinCompany: (begin: string, end: string) => string;
  readonly places: readonly (readonly [country: string, city: string])[];
  readonly person: (random: Random) => PersonName;
  readonly jobTitles: readonly string[];
  /** Name and price in US dollars. */
  readonly products: readonly (readonly [name: string, dollars: number])[];
  readonly campaigns: readonly CampaignWords[];
  readonly interests: readonly string[];
  /** What is done about a deal, and what came of it. */
  readonly tasks: readonly (readonly [kind: string, subject: string, outcome: string])[];
  readonly leadTasks: readonly (readonly [kind: string, subject: string, outcome: string])[];
  /** What managers do every week. */
  readonly review: string;
  readonly nextSteps: readonly string[];
  readonly meetingPlaces: readonly string[];
  /** Kind, direction (null for a comment), text. */
  readonly happenings: readonly (readonly [kind: string, direction: string | null, text: string])[];
  /** Stages as the documents call them. */
  readonly stages: Readonly<Record<string, string>>;
  readonly leadMessage: (interest: string) => string;
  readonly form: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  /** Who gets enquiries of the website, as a rule. */
  readonly rule: string;
  /** What visitors of the website send while the demo starts: values of the form. */
  readonly enquiries: readonly Readonly<Record<string, string>>[];
  readonly webhook: string;
}
