// What is done to many records at once, and what became of each. It asks the service in parts, so that a long list can be followed and
// broken off; nothing is decided here that the service decides.
import type { Api } from '../../data/api.ts';

/** What became of one record. */
export interface Outcome {
  readonly id: string;
  readonly ok: boolean;
  /** Why not, in the service's words. */
  readonly message?: string;
  readonly code?: string;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
}

export type Follow = (progress: Progress) => void;

/** As many as the service takes in one request for many records. */
export const MOST_RECORDS = 10_000;
const PART = 500;
const DELETES = 100;

interface WireError {
  readonly code?: string;
  readonly message?: string;
}

interface WireResult {
  readonly status: number;
  readonly id?: string;
  readonly error?: WireError;
}

const outcome = (id: string, status: number, error?: WireError): Outcome => ({
  id,
  ok: status < 300,
  ...(error?.message === undefined ? {} : { message: error.message }),
  ...(error?.code === undefined ? {} : { code: error.code }),
});

type Part = (ids: readonly string[]) => Promise<readonly Outcome[]>;

/** One part after the other. A part that is refused as a whole is refused for each of its records; the others go on. */
async function inParts(ids: readonly string[], size: number, part: Part, follow: Follow): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < ids.length; at += size) {
    const some = ids.slice(at, at + size);
    outcomes.push(...(await part(some).catch((error: unknown) => refused(some, error))));
    follow({ done: outcomes.length, total: ids.length });
  }
  return outcomes;
}

function refused(ids: readonly string[], error: unknown): readonly Outcome[] {
  const { message, code } = error as { message?: string; code?: string };
  return ids.map((id) =>
    outcome(id, 400, { message: message ?? String(error), ...(code === undefined ? {} : { code }) }),
  );
}

const resultsOf = (ids: readonly string[], { results }: { results: readonly WireResult[] }): readonly Outcome[] =>
  ids.map((id, at) => outcome(id, results[at]?.status ?? 500, results[at]?.error));

/** An action of the set on many records (`assign`, `share`). */
export function actOn(api: Api, set: string, action: string, body: object, ids: readonly string[], follow: Follow) {
  const part: Part = async (some) =>
    resultsOf(some, await api.send('POST', `${set}/${action}`, { ids: some, ...body }));
  return inParts(ids, PART, part, follow);
}

/** The same values into many records. */
export function editMany(api: Api, set: string, values: object, ids: readonly string[], follow: Follow) {
  return editEach(
    api,
    set,
    ids.map((id) => ({ id, ...values })),
    follow,
  );
}

/** Values of its own into each of many records. */
export function editEach(api: Api, set: string, records: readonly { readonly id: string }[], follow: Follow) {
  const byId = new Map(records.map((record) => [record.id, record]));
  const part: Part = async (some) => {
    const written = some.map((id) => byId.get(id));
    return resultsOf(some, await api.send('POST', `${set}/bulk`, { mode: 'update', records: written }));
  };
  return inParts([...byId.keys()], PART, part, follow);
}

interface BatchResponse {
  readonly id: string;
  readonly status: number;
  readonly body?: { readonly error?: WireError };
}

/** One request for each record, sent together; each is judged alone. Responses in the order of the ids. */
async function sendBatch(api: Api, ids: readonly string[], request: (id: string) => object) {
  const requests = ids.map((id, at) => ({ id: String(at), ...request(id) }));
  const options = { headers: { prefer: 'odata.continue-on-error' } };
  const { responses } = await api.send<{ responses: readonly BatchResponse[] }>(
    'POST',
    '$batch',
    { requests },
    options,
  );
  const byId = new Map(responses.map((response) => [response.id, response]));
  return ids.map((_, at) => byId.get(String(at)));
}

async function batch(api: Api, ids: readonly string[], request: (id: string) => object): Promise<readonly Outcome[]> {
  const responses = await sendBatch(api, ids, request);
  return ids.map((id, at) => outcome(id, responses[at]?.status ?? 500, responses[at]?.body?.error));
}

/** Bodies of what was answered with success, in the order of the ids; undefined for the others. */
export async function batchOf<T>(
  api: Api,
  ids: readonly string[],
  request: (id: string) => object,
): Promise<readonly (T | undefined)[]> {
  const responses = await sendBatch(api, ids, request);
  return responses.map((response) =>
    response !== undefined && response.status < 300 ? (response.body as T | undefined) : undefined,
  );
}

export function deleteMany(api: Api, set: string, ids: readonly string[], follow: Follow) {
  const part: Part = (some) => batch(api, some, (id) => ({ method: 'DELETE', url: `${set}/${id}` }));
  return inParts(ids, DELETES, part, follow);
}

export function restoreMany(api: Api, set: string, ids: readonly string[], follow: Follow) {
  const part: Part = (some) => batch(api, some, (id) => ({ method: 'POST', url: `${set}/${id}/restore`, body: {} }));
  return inParts(ids, DELETES, part, follow);
}

/** Ids of all records of a list, as many as one action takes; `isMore`: there are others. */
export async function idsOf(api: Api, path: string): Promise<{ ids: readonly string[]; isMore: boolean }> {
  const ids: string[] = [];
  let next: string | undefined = path;
  while (next !== undefined && ids.length < MOST_RECORDS) {
    const page: { value: readonly { id: string }[]; '@odata.nextLink'?: string } = await api.get(next, {
      headers: { prefer: 'maxpagesize=1000' },
    });
    ids.push(...page.value.map(({ id }) => id));
    const link = page['@odata.nextLink'];
    next = link === undefined ? undefined : api.pathOf(link);
  }
  return { ids, isMore: next !== undefined };
}

/** Outcomes that failed, those of one reason together, most frequent first. */
export function failuresOf(outcomes: readonly Outcome[]): readonly { message: string; ids: readonly string[] }[] {
  const byMessage = new Map<string, string[]>();
  for (const { id, ok, message = '' } of outcomes) {
    if (ok) continue;
    const ids = byMessage.get(message) ?? [];
    byMessage.set(message, ids);
    ids.push(id);
  }
  return [...byMessage].map(([message, ids]) => ({ message, ids })).sort((a, b) => b.ids.length - a.ids.length);
}
