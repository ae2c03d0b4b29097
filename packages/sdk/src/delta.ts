// Following a list (docs/rest.md, "Following a list"): all of it at first, then what has changed. Where one is in it is a text that the
// program keeps, so that it goes on after a restart as if there had been none.
import { DeltaExpiredError, unexpectedAnswer } from './errors.ts';
import { listCall, type PageOptions, pageOf } from './query.ts';
import type { Transport } from './transport.ts';

export interface DeltaPage<T> {
  /** Records of the list as it is first read, rather than changes of it. */
  readonly initial: boolean;
  /** Records that are new or have changed, as they are now. The same one may come again. */
  readonly changed: readonly T[];
  /** Records that were deleted, or match the filter no more or may no longer be read. */
  readonly removed: readonly Removed[];
  /** Where to go on after this page: keep it together with what was done with the page. */
  readonly state: string;
  /** The last page: everything that was there when it was asked for has been told. */
  readonly complete: boolean;
}

export interface Removed {
  readonly id: string;
  readonly reason: 'changed' | 'deleted';
}

export interface DeltaRequest {
  /** The list, with its options. */
  readonly path: string;
  readonly options: PageOptions;
  readonly state: string | undefined;
}

interface State {
  /** Of this form of states. */
  readonly v: 1;
  /** The list that it belongs to, as it was asked for. */
  readonly of: string;
  /** What is to be asked for next. */
  readonly next: string;
  readonly initial: boolean;
}

/** Throws DeltaExpiredError (also `delta_state_of_another_query` for a state that belongs to another list), CrmError, the signal's reason. */
export async function* deltaPages<T>(
  transport: Transport,
  set: string,
  { path, options, state }: DeltaRequest,
): AsyncGenerator<DeltaPage<T>, void, undefined> {
  let at = state === undefined ? { v: 1, of: path, next: path, initial: true } : stateOf(state, path);
  for (;;) {
    const { json } = await transport.send({ ...listCall(options, 'odata.track-changes'), path: at.next });
    const { records } = pageOf<T & Wire>({ json });
    const link: unknown = json['@odata.nextLink'] ?? json['@odata.deltaLink'];
    if (typeof link !== 'string') throw unexpectedAnswer('a list that is followed has a link');
    const complete = json['@odata.nextLink'] === undefined;
    const { initial } = at;
    at = { ...at, next: transport.pathOf(link), initial: initial && !complete };
    yield {
      initial,
      changed: records.filter((record) => !isRemoved(record)),
      removed: records.filter(isRemoved).map(({ id, reason }) => ({ id: idOf(id, set), reason })),
      state: JSON.stringify(at),
      complete,
    };
    if (complete) return;
  }
}

interface Wire {
  readonly id: string;
  readonly reason?: unknown;
  readonly '@odata.context'?: string;
}

const isRemoved = <T extends Wire>(record: T): record is T & Removed =>
  record['@odata.context']?.endsWith('$deletedEntity') === true;

/** `deals(ID)` */
const idOf = (url: string, set: string): string => url.slice(url.lastIndexOf(`${set}(`) + set.length + 1, -1);

function stateOf(text: string, path: string): State {
  const state = parsed(text);
  if (state?.v === 1 && state.of === path && typeof state.next === 'string') return state;
  const message = 'The state belongs to another list, or is none: read the list anew';
  throw new DeltaExpiredError({ status: 0, code: 'delta_state_of_another_query', message });
}

function parsed(text: string): State | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
