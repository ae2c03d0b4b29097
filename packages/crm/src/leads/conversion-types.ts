// What a conversion makes and keeps of itself, as types, and its bounds. No behaviour.
import type { OperationContext } from '@kartoteka/platform';

/** In the order in which they are made: each is linked to those before it. */
export const TARGETS = ['company', 'contact', 'deal'] as const;
export type Target = (typeof TARGETS)[number];

/** Of the entities that a lead may become; property and navigation of the lead are called after them. */
export const CONVERTED: Readonly<Record<Target, string>> = {
  company: 'converted_company_id',
  contact: 'converted_contact_id',
  deal: 'converted_deal_id',
};

export type Values = Readonly<Record<string, unknown>>;

/** What the caller chose for a target: an existing record, or values of a new one over those of the mapping. */
export interface Chosen {
  readonly id?: string;
  readonly fill_empty?: boolean;
  readonly values?: Values;
}

export type Choice = Readonly<Partial<Record<Target, Chosen>>>;

/** A record that the lead became. */
export interface Made {
  readonly id: string;
  readonly created: boolean;
  /** Its version afterwards: whoever changes it later raises it. */
  readonly version: string;
  /** Properties of an existing record that were empty and are filled. */
  readonly filled: Values;
  /** What they were before, where they were not quite empty: the currency of no amount. */
  readonly before: Values;
  /** Properties that the mapping fills and this conversion did not, because the caller may not use them. */
  readonly withheld: readonly string[];
  /** Of a new record: candidates that duplicate rules tell. */
  readonly duplicates: readonly unknown[];
}

/** References to the lead that lead elsewhere now. */
export interface Carried {
  readonly entity: string;
  readonly property: string;
  /** Entity and id of the record they lead to. */
  readonly to: readonly [entity: string, id: string];
  readonly ids: readonly string[];
}

/** Kept for as long as a conversion can be taken back. Of values there are hashes only, so that nothing has to be redacted here. */
export interface ConversionLog {
  /** Values of the lead before. */
  readonly status: string;
  readonly status_reason: string | null;
  readonly made: Readonly<Partial<Record<Target, KeptRecord>>>;
  readonly carried: readonly Carried[];
  /** Records below the new ones that the conversion itself brought about, by entity. */
  readonly own: Readonly<Record<string, readonly string[]>>;
}

export interface KeptRecord {
  readonly id: string;
  readonly created: boolean;
  readonly version: string;
  /** Hash of the value by property. */
  readonly filled: Readonly<Record<string, string>>;
  readonly before: Values;
}

/** Activities, events and the like that one conversion carries along. */
export const MOST_CARRIED = 20_000;
export const UNDO_DAYS = 30;

export type Context = OperationContext;
