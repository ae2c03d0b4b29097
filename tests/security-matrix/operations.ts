// Operations on one record: what each needs (3-security, "Which operation needs what"), how it is asked over HTTP, and how its traces are
// removed, so that every cell of an entity finds the records as the first one did.
import { randomUUID } from 'node:crypto';
import type { Privilege } from '@kartoteka/metadata';
import { DONE, expectedOf, HIDDEN, NO_TARGET, observed, observedOfBulk, UPDATE_ONLY } from './cells.ts';
import { type Grade, POINTER } from './documents.ts';
import { entityNamed } from './generator.ts';
import type { HttpAnswer } from './http.ts';
import { reaches } from './places.ts';
import type { Placed, Stage } from './stage.ts';

export interface Cell extends Placed {
  readonly stage: Stage;
  readonly grade: Grade;
  /** The record of the place that every depth but none reaches. */
  readonly nearest: Placed;
  /** `/deals(ID)` */
  readonly path: string;
  /** As the actor. */
  act(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
  /** As the administrator; throws when it is refused. */
  admin(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
}

export interface Operation {
  readonly name: string;
  applies?(cell: Cell): boolean;
  expected(cell: Cell): string;
  run(cell: Cell): Promise<string>;
}

const needing =
  (...needs: readonly Privilege[]) =>
  ({ grade, place }: Cell): string =>
    expectedOf(grade, place, needs);

const hasOwner = ({ stage }: Cell): boolean => ['user', 'business_unit'].includes(stage.entity.ownership);
const isShared = ({ stage }: Cell): boolean => stage.entity.ownership !== 'organization';

const read: Operation = {
  name: 'read',
  expected: needing('read'),
  run: async ({ act, path, id }) => {
    const answer = await act('GET', path);
    return answer.status === 200 && answer.json.id !== id ? `200 without the record: ${answer.text}` : observed(answer);
  },
};

const update: Operation = {
  name: 'update',
  expected: needing('read', 'write'),
  run: async ({ act, path, stage }) => observed(await act('PATCH', path, stage.change(), UPDATE_ONLY)),
};

const updateProperty: Operation = {
  name: 'PUT of a property',
  applies: ({ stage }) => Object.keys(stage.change()).length > 0,
  expected: needing('read', 'write'),
  run: async ({ act, path, stage }) => {
    const [[name = '', value] = []] = Object.entries(stage.change());
    return observed(await act('PUT', `${path}/${name}`, { value }));
  },
};

const updateMany: Operation = {
  name: 'update in bulk',
  expected: needing('read', 'write'),
  run: async ({ act, id, stage }) => {
    const records = [{ id, ...stage.change() }];
    return observedOfBulk(await act('POST', `/${stage.entity.set}/bulk`, { mode: 'update', records }));
  },
};

/** One after the other, so that each finds the record as the one before has left it. Of what may not be deleted, the bin shows nothing. */
const removeAndRestore: Operation = {
  name: 'delete, read in the recycle bin and restore',
  expected: (cell) => {
    const needed = needing('read', 'delete')(cell);
    const shown = needed.startsWith('403 missing_privilege_on_record') ? HIDDEN : needed;
    return [needed, shown, needed].join(', ');
  },
  run: async ({ act, admin, path, id, stage }) => {
    const removed = observed(await act('DELETE', path));
    if (removed !== DONE) await admin('DELETE', path);
    const shown = observed(await act('GET', `/${stage.entity.set}/deleted(${id})`));
    const restored = observed(await act('POST', `${path}/restore`));
    if (restored !== DONE) await admin('POST', `${path}/restore`);
    return [removed, shown, restored].join(', ');
  },
};

/** Three ways to say the same. */
const assign = (name: string, run: (cell: Cell, owner: string) => Promise<string>): Operation => ({
  name,
  applies: hasOwner,
  expected: needing('read', 'write', 'assign'),
  run: async (cell) => {
    const { admin, path, stage } = cell;
    const outcome = await run(cell, stage.world.heir[ownerKind(stage)]);
    if (outcome === DONE) await admin('PATCH', path, { [ownerProperty(stage)]: ownerOf(cell) });
    return outcome;
  },
});

const ASSIGNS: readonly Operation[] = [
  assign('assign', async ({ act, path, stage }, owner) =>
    observed(await act('PATCH', path, { [ownerProperty(stage)]: owner }, UPDATE_ONLY)),
  ),
  assign('assign by the action', async ({ act, path }, owner) =>
    observed(await act('POST', `${path}/assign`, { owner_id: owner })),
  ),
  assign('assign many', async ({ act, id, stage }, owner) =>
    observedOfBulk(await act('POST', `/${stage.entity.set}/assign`, { ids: [id], owner_id: owner })),
  ),
];

const ownerProperty = ({ entity }: Stage): string =>
  entity.ownership === 'user' ? 'owner_id' : 'owning_business_unit_id';
const ownerKind = ({ entity }: Stage): 'user' | 'unit' => (entity.ownership === 'user' ? 'user' : 'unit');
const ownerOf = ({ stage, place, grade }: Cell): string =>
  place === 'mine' ? stage.world.actor(grade) : (stage.world.owners[ownerKind(stage)][place] ?? '');

/** `ask` sends one of the three actions to the cell's record. */
const share = (name: string, ask: (cell: Cell, action: string, body: object) => Promise<string>): Operation => ({
  name,
  applies: isShared,
  expected: (cell) => Array(3).fill(needing('read', 'share')(cell)).join(', '),
  run: async (cell) => {
    const { admin, path, stage } = cell;
    const receiver = { principal_id: stage.world.receiver(stage.entity) };
    const given = { ...receiver, rights: ['read'] };
    const shared = await ask(cell, 'share', given);
    if (shared !== DONE) await admin('POST', `${path}/share`, given);
    const modified = await ask(cell, 'modify', given);
    const revoked = await ask(cell, 'revoke', receiver);
    if (revoked !== DONE) await admin('POST', `${path}/revoke`, receiver);
    return [shared, modified, revoked].join(', ');
  },
});

const SHARES: readonly Operation[] = [
  share('share, modify and revoke', async ({ act, path }, action, body) =>
    observed(await act('POST', `${path}/${action}`, body)),
  ),
  share('share, modify and revoke many', async ({ act, id, stage }, action, body) =>
    observedOfBulk(await act('POST', `/${stage.entity.set}/${action}`, { ids: [id], ...body })),
  ),
];

/** What is told about a record is told to whom may read it. */
const readAbout = (what: string, query = ''): Operation => ({
  name: `read ${what}`,
  expected: needing('read'),
  run: async ({ act, path }) => observed(await act('GET', `${path}/${what}${query}`)),
});

/** With whom a record is shared is told to whom may share it. */
const readShares: Operation = {
  name: 'read shares',
  applies: isShared,
  expected: needing('read', 'share'),
  run: async ({ act, path }) => observed(await act('GET', `${path}/shares`)),
};

/** Nobody gives more than he holds on the record. */
const shareMore: Operation = {
  name: 'share the privilege itself',
  applies: (cell) => isShared(cell) && cell.grade.privilege !== 'create',
  expected: (cell) => {
    const { privilege } = cell.grade;
    if (privilege === 'read' || privilege === 'share') return needing('read', 'share')(cell);
    return reaches(cell.grade, cell.place) ? DONE : '403 escalation';
  },
  run: async ({ act, admin, path, stage, grade }) => {
    const receiver = { principal_id: stage.world.receiver(stage.entity) };
    const outcome = observed(await act('POST', `${path}/share`, { ...receiver, rights: [grade.privilege] }));
    if (outcome === DONE) await admin('POST', `${path}/revoke`, receiver);
    return outcome;
  },
};

const isMade = ({ place }: Cell): boolean => place !== 'shared' && place !== 'parent_shared';

/** For the owner of the place, or below a parent there: with `assign` where that is not the actor himself. */
function creation({ grade, place, stage: { entity, linked } }: Cell): string {
  const forMyself = place === 'mine' || (entity.ownership === 'business_unit' && place === 'my_unit');
  const assigned = entity.ownership !== 'parent' && entity.ownership !== 'organization' && !forMyself;
  const needs: Privilege[] = ['create'];
  if (linked) needs.push('append');
  if (assigned) needs.push('assign');
  return expectedOf(grade, place, needs);
}

/** Two ways to say the same: where nothing is, a change creates. */
const create = (name: string, target: (cell: Cell) => readonly [method: string, path: string]): Operation => ({
  name,
  applies: isMade,
  expected: (cell) => {
    const { grade, place } = cell;
    const outcome = creation(cell);
    const shown = grade.privilege !== 'read' || reaches(grade, place);
    return outcome === DONE && !shown ? 'done, not shown' : outcome;
  },
  run: async (cell) => {
    const { act, stage, place, grade } = cell;
    const answer = await act(...target(cell), await stage.payloadAt(place, stage.world.actor(grade)));
    const outcome = observed(answer);
    return outcome === DONE && answer.json === null ? 'done, not shown' : outcome;
  },
});

const CREATES: readonly Operation[] = [
  create('create', ({ stage }) => ['POST', `/${stage.entity.set}`]),
  create('create by upsert', ({ stage }) => ['PATCH', `/${stage.entity.set}(${randomUUID()})`]),
];

/** In the body of a record that leads to it: each as if it were created alone, the one after the other. */
const createWithin: Operation = {
  name: 'create within another record',
  applies: isMade,
  expected: (cell) => {
    const outcome = creation(cell);
    return outcome === DONE ? expectedOf(cell.grade, cell.place, ['read', 'append_to'], NO_TARGET) : outcome;
  },
  run: async ({ act, stage, place, grade }) => {
    const { entity, world } = stage;
    const payload = await stage.payloadAt(place, world.actor(grade));
    const { set } = entityNamed(world.model, POINTER);
    return observed(await act('POST', `/${set}?$select=id`, { name: 'within', [`to_${entity.name}`]: payload }));
  },
};

export const RECORD_OPERATIONS: readonly Operation[] = [
  read,
  // The cells have left many.
  readAbout('changes', '?$top=1'),
  readAbout('explain_access'),
  readShares,
  update,
  updateProperty,
  updateMany,
  removeAndRestore,
  ...ASSIGNS,
  ...SHARES,
  shareMore,
  ...CREATES,
  createWithin,
];
