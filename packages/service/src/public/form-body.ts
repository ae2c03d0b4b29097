// What a post of a form says, as JSON or urlencoded: fields of the form, and the names that are ours. It judges no value.
import { createHash, randomUUID } from 'node:crypto';
import { MARKS, type WebForm, type WebFormPost } from '@kartoteka/crm';
import { PlatformError } from '@kartoteka/platform';
import type { FormToken, FormTokens } from './form-token.ts';

/** Names that no field has: fields begin with a letter. The trap is empty in what people send. */
export const OWN_NAMES = { token: '_token', trap: '_website', consent: '_consent', page: '_page' } as const;

const LONGEST_MARK = 300;
const LONGEST_PAGE = 1000;
const MOST_FIELDS = 200;

/** Members of a body by name; a name that is given twice has a list. @throws PlatformError malformed_json, body_not_object, invalid_text, limit_exceeded */
export function bodyMembers(text: string, isJson: boolean): Map<string, unknown> {
  const members = isJson ? jsonMembers(text) : formMembers(text);
  if (members.size > MOST_FIELDS)
    throw new PlatformError('limit_exceeded', { limit: 'fields', value: String(MOST_FIELDS) });
  if ([...members.values()].flat().some(isBrokenText)) throw new PlatformError('invalid_text');
  return members;
}

/** PostgreSQL keeps no such text. */
function isBrokenText(value: unknown): boolean {
  return typeof value === 'string' && (value.includes('\u0000') || !value.isWellFormed());
}

function jsonMembers(text: string): Map<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PlatformError('malformed_json');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new PlatformError('body_not_object');
  return new Map(Object.entries(value));
}

function formMembers(text: string): Map<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [name, value] of new URLSearchParams(text)) {
    const known = members.get(name);
    members.set(name, known === undefined ? value : [known, value].flat());
  }
  return members;
}

export interface PostOrigin {
  readonly key: string;
  /** Of the address that was posted to. */
  readonly query: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string | undefined;
  readonly referrer: string | undefined;
  readonly network: string;
}

/** The post: ours taken out of the members, what is left are values. @throws PlatformError invalid_value (token) */
export function postOf(
  members: Map<string, unknown>,
  form: WebForm,
  origin: PostOrigin,
  tokens: FormTokens,
): WebFormPost {
  const token = tokenOf(take(members, OWN_NAMES.token), form, origin, tokens);
  const trap = take(members, OWN_NAMES.trap);
  const consent = take(members, OWN_NAMES.consent);
  const page = take(members, OWN_NAMES.page) ?? origin.referrer ?? null;
  const marks = marksOf(members, form, origin.query);
  return {
    values: Object.fromEntries(members),
    postId: token?.postId ?? givenId(origin.idempotencyKey),
    sender: tokens.sender(origin.network),
    marks,
    page: page?.slice(0, LONGEST_PAGE) ?? null,
    consent: consent === 'on' || consent === 'true' || consent === '1',
    suspicion: suspicionOf(trap, token, form),
  };
}

function take(members: Map<string, unknown>, name: string): string | null {
  const value = members.get(name);
  members.delete(name);
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value;
  throw new PlatformError('invalid_value', { name, reason: 'is one text' }, { target: name });
}

function tokenOf(text: string | null, form: WebForm, { key }: PostOrigin, tokens: FormTokens): FormToken | null {
  if (text === null && !form.token_required) return null;
  const token = text === null ? null : tokens.read(key, text);
  if (token !== null) return token;
  const name = OWN_NAMES.token;
  throw new PlatformError(
    'invalid_value',
    { name, reason: 'is not valid any more; open the form again' },
    { target: name },
  );
}

/** Without one, every post is a new one. */
function givenId(key: string | undefined): string {
  if (key === undefined) return `post.${randomUUID()}`;
  return `key.${createHash('sha256').update(key).digest('base64url')}`;
}

/** In the body, else in the address. */
function marksOf(members: Map<string, unknown>, form: WebForm, query: PostOrigin['query']): WebFormPost['marks'] {
  const marks: Partial<Record<(typeof MARKS)[number], string>> = {};
  for (const mark of MARKS) {
    if (Object.hasOwn(form.accepted_fields, mark)) continue;
    const asked = query[mark];
    const text =
      take(members, mark) ?? (typeof asked === 'string' ? asked.toWellFormed().replaceAll('\u0000', '') : '');
    if (text !== '') marks[mark] = text.slice(0, mark === 'referrer' ? LONGEST_PAGE : LONGEST_MARK);
  }
  return marks;
}

function suspicionOf(trap: string | null, token: FormToken | null, form: WebForm): string | null {
  if (trap !== null) return 'A field that people do not see was filled in';
  if (token !== null && token.age < form.min_seconds) return `It was filled in within ${form.min_seconds} seconds`;
  return null;
}
