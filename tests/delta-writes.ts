// Random writes by several users at once, for tests of delta links: every way in which a record can come to a reader or leave it.
import type { Principal } from '@kartoteka/platform';
import type { Crm } from './crm-kit.ts';

/** Numbers below `n`, the same for the same seed. */
export function randomNumbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

export interface Writers {
  readonly call: Crm['call'];
  /** Writes everything. */
  readonly as: Principal;
  /** Who records are assigned to and shared with. */
  readonly receivers: readonly string[];
  readonly folders: readonly string[];
  /** Ids of notes that are there and of deleted ones, as far as the writers know: others write at the same time. */
  readonly notes: string[];
  readonly deleted: string[];
  /** Shares of notes that were given. */
  readonly shares: Share[];
}

interface Share {
  readonly id: string;
  readonly principal_id: string;
}

type Write = (writers: Writers, random: (n: number) => number) => Promise<number>;

const STAGES = ['open', 'hidden', 'done', null];

const pick = <T>(items: readonly T[], random: (n: number) => number): T => items[random(items.length)] as T;

/** Takes it out of the one list, into the other. */
function move<T>(item: T, from: T[], to: T[]): void {
  const at = from.indexOf(item);
  if (at < 0) return;
  from.splice(at, 1);
  to.push(item);
}

const values = ({ folders }: Writers, random: (n: number) => number): object => ({
  rank: random(12),
  stage: pick(STAGES, random),
  text: `t${random(5)}`,
  contact: `c${random(3)}`,
  ...(random(3) === 0 ? { folder_id: random(4) === 0 ? null : pick(folders, random) } : {}),
});

const create: Write = async (writers, random) => {
  const owner_id = random(2) === 0 ? { owner_id: pick(writers.receivers, random) } : {};
  const answer = await writers.call(writers.as, 'POST', '/notes', { ...values(writers, random), ...owner_id });
  if (answer.status === 201) writers.notes.push(answer.json.id);
  return answer.status;
};

const onNote =
  (
    method: string,
    path: (id: string) => string,
    body?: (writers: Writers, random: (n: number) => number) => object,
  ): Write =>
  async (writers, random) => {
    const id = pick(writers.notes, random);
    return (await writers.call(writers.as, method, path(id), body?.(writers, random))).status;
  };

const bulk: Write = async (writers, random) => {
  const records = Array.from({ length: 1 + random(6) }, () => ({
    id: pick(writers.notes, random),
    ...values(writers, random),
  }));
  const body = { mode: 'update', atomic: random(2) === 0, records };
  return (await writers.call(writers.as, 'POST', '/notes/bulk', body)).status;
};

const remove: Write = async (writers, random) => {
  const id = pick(writers.notes, random);
  const { status } = await writers.call(writers.as, 'DELETE', `/notes(${id})`);
  if (status < 300) move(id, writers.notes, writers.deleted);
  return status;
};

const restore: Write = async (writers, random) => {
  // Now and then one that is there.
  const id = pick(random(20) === 0 || writers.deleted.length === 0 ? writers.notes : writers.deleted, random);
  const { status } = await writers.call(writers.as, 'POST', `/notes(${id})/restore`, {});
  if (status < 300) move(id, writers.deleted, writers.notes);
  return status;
};

const receiver = ({ receivers }: Writers, random: (n: number) => number): string => pick(receivers, random);
const RIGHTS = [['read'], ['read', 'write'], ['write']];
const sharing = (writers: Writers, random: (n: number) => number): object => ({
  principal_id: receiver(writers, random),
  rights: pick(RIGHTS, random),
});
const revoking = (writers: Writers, random: (n: number) => number): object => ({
  principal_id: receiver(writers, random),
});

const share: Write = async (writers, random) => {
  const given = { id: pick(writers.notes, random), principal_id: receiver(writers, random) };
  const body = { principal_id: given.principal_id, rights: pick(RIGHTS, random) };
  const { status } = await writers.call(writers.as, 'POST', `/notes(${given.id})/share`, body);
  if (status < 300) writers.shares.push(given);
  return status;
};

/** Of a share that was given, or now and then of none. */
const onShare =
  (action: 'modify' | 'revoke'): Write =>
  async (writers, random) => {
    const none = { id: pick(writers.notes, random), principal_id: receiver(writers, random) };
    const given = random(20) === 0 || writers.shares.length === 0 ? none : pick(writers.shares, random);
    const rights = action === 'modify' ? { rights: pick(RIGHTS, random) } : {};
    const body = { principal_id: given.principal_id, ...rights };
    const { status } = await writers.call(writers.as, 'POST', `/notes(${given.id})/${action}`, body);
    if (action === 'revoke') move(given, writers.shares, []);
    return status;
  };

const onFolder =
  (action: string, body: (writers: Writers, random: (n: number) => number) => object): Write =>
  async (writers, random) =>
    (
      await writers.call(
        writers.as,
        'POST',
        `/folders(${pick(writers.folders, random)})/${action}`,
        body(writers, random),
      )
    ).status;

const WRITES: readonly (readonly [number, Write])[] = [
  [12, create],
  [24, onNote('PATCH', (id) => `/notes(${id})`, values)],
  [8, remove],
  [8, restore],
  [4, bulk],
  [
    10,
    onNote(
      'POST',
      (id) => `/notes(${id})/assign`,
      (writers, random) => ({ owner_id: receiver(writers, random) }),
    ),
  ],
  [10, share],
  [4, onShare('modify')],
  [8, onShare('revoke')],
  [
    2,
    onNote(
      'POST',
      (id) => `/notes(${id})/redact`,
      () => ({ properties: ['contact'] }),
    ),
  ],
  [2, onFolder('share', sharing)],
  [2, onFolder('revoke', revoking)],
  [1, onFolder('assign', (writers, random) => ({ owner_id: receiver(writers, random) }))],
];

const TOTAL = WRITES.reduce((sum, [weight]) => sum + weight, 0);

/** One random write; its status. A refusal (a record that is deleted, a share that is not there) is an answer like others. */
export function randomWrite(writers: Writers, random: (n: number) => number): Promise<number> {
  if (writers.notes.length === 0) return create(writers, random);
  let at = random(TOTAL);
  for (const [weight, write] of WRITES) {
    if (at < weight) return write(writers, random);
    at -= weight;
  }
  throw new Error('no write');
}
