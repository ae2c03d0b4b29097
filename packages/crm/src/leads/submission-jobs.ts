// What happens to submissions afterwards: corrected ones are tried again, with the rights of who asks for it, and old ones are removed.
import {
  enqueueMany,
  type Hook,
  type JobDefinition,
  type Platform,
  type Principal,
  systemPrincipal,
} from '@kartoteka/platform';
import type { PostedValues } from './post-values.ts';
import { createRecord } from './take-post.ts';
import { ask, keeperOf, MARKS, type Mark, type WebForm } from './web-form.ts';

const RETRY = 'web_form_retry';
const PURGE = 'web_form_purge';

/** `status: "retry"`, with `sent_values` corrected where needed, asks for another try; it is made when that is stored. */
export const submissionHook: Hook = {
  entity: 'web_form_submission',
  operations: ['update'],
  needsTransaction: (_model, _operation, records) => records.some(({ values }) => values.status === 'retry'),
  after: async (context, records) => {
    const asked = records.filter(({ after }) => after?.status === 'retry');
    if (asked.length === 0) return;
    const by = context.principal.id;
    await enqueueMany(
      context.tx,
      RETRY,
      asked.map(({ id }) => ({ data: { id, by } })),
    );
  },
};

type Submission = Readonly<Partial<Record<Mark, string | null>>> & {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly sent_values: PostedValues | null;
  readonly form: WebForm | null;
};

/** Jobs of web forms. Both may be run again: a record's id is the submission's, and what is removed is gone. */
export const submissionJobs: readonly JobDefinition[] = [
  {
    name: RETRY,
    retry: { limit: 5, delay: 5, backoff: true, max: 300 },
    run: ({ platform }, { data }) => tryAgain(platform, String(data.id), String(data.by)),
  },
  {
    name: PURGE,
    schedule: '17 3 * * *',
    retry: { limit: 3, delay: 60, backoff: true },
    run: ({ platform, signal }) => removeOld(platform, signal),
  },
];

async function tryAgain(platform: Platform, id: string, by: string): Promise<void> {
  const author = await platform.principals.get(by);
  if (author === null) return;
  const query = `$filter=${encodeURIComponent(`id eq ${id} and status eq 'retry'`)}&$expand=form`;
  const found = (await ask(platform, author, 'GET', '/web_form_submissions', { query })) as { value: Submission[] };
  const submission = found.value[0];
  if (submission?.form == null) return;
  const { form } = submission;
  const marks = Object.fromEntries(
    MARKS.flatMap((mark) => (submission[mark] == null ? [] : [[mark, submission[mark]]])),
  );
  const reason = await createRecord(platform, author, form, { values: submission.sent_values ?? {}, marks, id });
  const accepted = {
    status: 'accepted',
    reason: null,
    sent_values: null,
    record_id: id,
    record_type: form.record_type,
  };
  const body = reason === null ? accepted : { status: 'review', reason };
  await ask(platform, keeperOf(form), 'PATCH', `/web_form_submissions(${id})`, { body });
}

const PAGE = 200;
const DAY_MS = 86_400_000;

type KeptForm = WebForm & { readonly keep_days: number };

/** Deletes, form by form, what is older than the form says; the recycle bin's own time takes it away for good. */
async function removeOld(platform: Platform, signal: AbortSignal): Promise<void> {
  // In the order in which they were made, so that one that comes meanwhile moves no other; what is missed is found tomorrow.
  for (let skip = 0; !signal.aborted; skip += PAGE) {
    const query = `$orderby=created_on,id&$top=${PAGE}&$skip=${skip}`;
    const page = await list<KeptForm>(platform, systemPrincipal(), 'web_forms', query);
    for (const form of page) await removeOldOf(platform, form, signal);
    if (page.length < PAGE) return;
  }
}

async function removeOldOf(platform: Platform, form: KeptForm, signal: AbortSignal): Promise<void> {
  const before = new Date(Date.now() - form.keep_days * DAY_MS).toISOString();
  const query = `$select=id&$top=${PAGE}&$filter=form_id eq ${form.id} and created_on lt ${before}`;
  while (!signal.aborted) {
    const page = await list<{ readonly id: string }>(platform, keeperOf(form), 'web_form_submissions', query);
    if (page.length === 0) return;
    for (const { id } of page) {
      if (signal.aborted) return;
      await ask(platform, keeperOf(form), 'DELETE', `/web_form_submissions(${id})`);
    }
  }
}

async function list<T>(platform: Platform, principal: Principal, set: string, query: string): Promise<readonly T[]> {
  const found = await ask(platform, principal, 'GET', `/${set}`, { query: query.replaceAll(' ', '%20') });
  return (found as { value: readonly T[] }).value;
}
