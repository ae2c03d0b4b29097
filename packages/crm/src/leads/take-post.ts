// One post of a web form becomes a record, or is kept for review with the reason. What it answers is stored by then, and a
// repetition of the same post finds it: the record's id is made of the form and the post, so that it cannot be made twice.
import { createHash } from 'node:crypto';
import { type Platform, PlatformError, type Principal } from '@kartoteka/platform';
import { type Marks, type PostedValues, recordValues } from './post-values.ts';
import { actsFor, ask, isPassing, keeperOf, type WebForm } from './web-form.ts';

export interface WebFormPost {
  readonly values: PostedValues;
  /** The same for every repetition of one post, of at most 60 characters. */
  readonly postId: string;
  /** Keyed hash of the sender's network. */
  readonly sender: string;
  readonly marks: Marks;
  readonly page: string | null;
  readonly consent: boolean;
  /** Why it is taken for spam; null: it is not. */
  readonly suspicion: string | null;
}

interface Verdict {
  readonly status: 'accepted' | 'review' | 'spam';
  readonly reason: string | null;
}

/**
 * Stores the post. Throws PlatformError when it was not: too_many_attempts beyond the form's limits, unknown_property for
 * a field that the form does not have, required without the consent that it asks for, or what passes (conflict, overloaded).
 */
export async function takePost(platform: Platform, form: WebForm, post: WebFormPost): Promise<void> {
  refuseUnfit(form, post);
  if (await isKnown(platform, form, post)) return;
  await keepLimits(platform, form, post);
  const id = recordId(form, post);
  const verdict = post.suspicion === null ? await makeRecord(platform, form, post, id) : spam(post.suspicion);
  await keep(platform, form, post, verdict, id);
}

function spam(reason: string): Verdict {
  return { status: 'spam', reason };
}

function refuseUnfit(form: WebForm, post: WebFormPost): void {
  const unknown = Object.keys(post.values).filter((name) => !Object.hasOwn(form.accepted_fields, name));
  const [target] = unknown;
  if (target !== undefined)
    throw new PlatformError('unknown_property', { name: target, entity: 'this form' }, { target });
  // Without consent not even the fact that somebody wrote is kept.
  if (form.consent_required && !post.consent)
    throw new PlatformError('required', { name: '_consent' }, { target: '_consent' });
}

async function isKnown(platform: Platform, form: WebForm, { postId }: WebFormPost): Promise<boolean> {
  const query = `$select=id&$filter=${encodeURIComponent(`form_id eq ${form.id} and post_id eq '${postId}'`)}`;
  const found = (await ask(platform, keeperOf(form), 'GET', '/web_form_submissions', { query })) as {
    value: unknown[];
  };
  return found.value.length > 0;
}

const MINUTE_MS = 60_000;

/** What was taken within the last minute, on all nodes. Posts that are judged at the same moment do not see each other. */
async function keepLimits(platform: Platform, form: WebForm, { sender }: WebFormPost): Promise<void> {
  const since = new Date(Date.now() - MINUTE_MS).toISOString();
  const ofForm = `form_id eq ${form.id} and created_on gt ${since}`;
  const count = async (filter: string): Promise<number> =>
    Number(
      await ask(platform, keeperOf(form), 'GET', '/web_form_submissions/$count', {
        query: `$filter=${encodeURIComponent(filter)}`,
      }),
    );
  if ((await count(`${ofForm} and sender eq '${sender}'`)) >= form.limit_per_address) throw tooMany();
  if ((await count(ofForm)) >= form.limit_per_form) throw tooMany();
}

function tooMany(): PlatformError {
  return Object.assign(new PlatformError('too_many_attempts'), { headers: { 'retry-after': '60' } });
}

/** An id (UUID, version 8) that is the same for every repetition. */
function recordId(form: WebForm, { postId }: WebFormPost): string {
  const hex = createHash('sha256').update(`${form.id} ${postId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

async function makeRecord(platform: Platform, form: WebForm, post: WebFormPost, id: string): Promise<Verdict> {
  const author = await actsFor(platform, form);
  if (author === null) return { status: 'review', reason: 'The user who last changed the form is disabled' };
  const missing = missingField(form, post.values);
  if (missing !== null) return { status: 'review', reason: `${missing} is required` };
  const reason = await createRecord(platform, author, form, { ...post, id });
  return reason === null ? { status: 'accepted', reason: null } : { status: 'review', reason };
}

function missingField({ accepted_fields: fields }: WebForm, values: PostedValues): string | null {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
  const missing = Object.entries(fields).find(([name, field]) => field.required === true && isEmpty(values[name]));
  return missing?.[0] ?? null;
}

/**
 * Creates the form's record with this id and the rights of `author`; null when it is there now, else why it was refused.
 * Throws what passes.
 */
export async function createRecord(
  platform: Platform,
  author: Principal,
  form: WebForm,
  sent: { readonly values: PostedValues; readonly marks: Marks; readonly id: string },
): Promise<string | null> {
  const set = platform.model().entities.get(form.record_type)?.set ?? form.record_type;
  try {
    const values = await recordValues(platform, author, form, { ...sent, now: new Date() });
    await ask(platform, author, 'POST', `/${set}`, { body: { ...values, id: sent.id } });
    return null;
  } catch (error) {
    if (!(error instanceof PlatformError) || isPassing(error)) throw error;
    return (await isThere(platform, form, set, sent.id)) ? null : reasonOf(error);
  }
}

/** A repetition that came while the first one was at work, or after its node died. */
async function isThere(platform: Platform, form: WebForm, set: string, id: string): Promise<boolean> {
  try {
    await ask(platform, keeperOf(form), 'GET', `/${set}(${id})`, { query: '$select=id' });
    return true;
  } catch (error) {
    if (error instanceof PlatformError && error.status === 404) return false;
    throw error;
  }
}

const LONGEST_REASON = 2000;

function reasonOf(error: PlatformError): string {
  const details = error.details.map(({ message }) => message);
  return (details.length === 0 ? [error.message] : details).join('; ').slice(0, LONGEST_REASON);
}

/** The submission; one that a repetition has stored meanwhile stands. */
async function keep(platform: Platform, form: WebForm, post: WebFormPost, verdict: Verdict, id: string): Promise<void> {
  const isRecord = verdict.status === 'accepted';
  const body = {
    form_id: form.id,
    post_id: post.postId,
    sender: post.sender,
    page: post.page,
    ...post.marks,
    ...verdict,
    ...(isRecord ? { record_id: id, record_type: form.record_type } : { sent_values: post.values }),
  };
  try {
    await ask(platform, keeperOf(form), 'POST', '/web_form_submissions', { body });
  } catch (error) {
    if (!(error instanceof PlatformError && error.code === 'duplicate_key')) throw error;
  }
}
