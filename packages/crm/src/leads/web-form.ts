// A web form as its record says it, and the requests that are made for it. It decides nothing about what people send.
import { type Platform, type PlatformError, type Principal, systemPrincipal } from '@kartoteka/platform';

/** Marks of an address that tell where somebody came from; each has a property of its own in a submission. */
export const MARKS = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'referrer'] as const;
export type Mark = (typeof MARKS)[number];

export interface AcceptedField {
  readonly required?: boolean;
  readonly label?: string;
  readonly order?: number;
}

/** A record of the entity web_form, by property. */
export interface WebForm {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly record_type: string;
  readonly accepted_fields: Readonly<Record<string, AcceptedField>>;
  readonly fixed_values: Readonly<Record<string, unknown>> | null;
  readonly attribution: Readonly<Partial<Record<Mark, string>>> | null;
  readonly assign_to_id: string | null;
  readonly consent_required: boolean;
  readonly consent_property: string | null;
  readonly consent_date_property: string | null;
  readonly redirect_url: string | null;
  readonly allowed_origins: readonly string[] | null;
  readonly token_required: boolean;
  readonly min_seconds: number;
  readonly limit_per_address: number;
  readonly limit_per_form: number;
  readonly modified_by_id: string;
  readonly owning_business_unit_id: string;
}

const PUBLIC_KEY = /^[A-Za-z0-9_-]{16,40}$/;

/** The form of a public key; null when there is none, or it is switched off. */
export async function webForm(platform: Platform, key: string): Promise<WebForm | null> {
  if (!PUBLIC_KEY.test(key)) return null;
  const found = await ask(platform, systemPrincipal(), 'GET', '/web_forms', {
    query: `$filter=${encodeURIComponent(`public_key eq '${key}' and active eq true`)}`,
  });
  return (found as { value: WebForm[] }).value[0] ?? null;
}

/**
 * Who the form acts as: whoever changed it last, because it is his settings that are carried out, so that nobody gets more by
 * editing or handing on another one's form. Null once he is disabled or gone.
 */
export function actsFor(platform: Platform, form: WebForm): Promise<Principal | null> {
  return platform.principals.get(form.modified_by_id);
}

/** The service itself, for what is kept of a post; told in the change log as done for the form's author. */
export function keeperOf(form: WebForm): Principal {
  return systemPrincipal({ id: form.modified_by_id, businessUnitId: form.owning_business_unit_id });
}

/** One request through the whole pipeline; its JSON, null without a body. @throws PlatformError */
export async function ask(
  platform: Platform,
  principal: Principal,
  method: string,
  path: string,
  { query = '', body }: { query?: string; body?: unknown } = {},
): Promise<unknown> {
  const answer = await platform.handle(
    {
      method,
      path,
      query,
      headers: { 'content-type': 'application/json', prefer: 'return=minimal' },
      body: body === undefined ? null : JSON.stringify(body),
      baseUrl: '',
      client: 'web form',
    },
    principal,
  );
  return answer.body === null || answer.body === '' ? null : JSON.parse(answer.body);
}

/** Codes of refusals that say something of the moment, not of the values: the post has to be sent again. */
const PASSING: ReadonlySet<string> = new Set(['conflict', 'overloaded', 'too_many_attempts']);

/** Whether the same values may well be taken another time. */
export function isPassing(error: PlatformError): boolean {
  return error.status >= 500 || PASSING.has(error.code);
}
