// Who may link which records, drawn at random: depths of read, append and append_to on both entities, own records and those of
// others, compared with the rules of 3-security written out here.
import type { SourceDocument } from '@kartoteka/metadata';
import { readDocumentFolder } from '@kartoteka/platform';
import { seededRandom } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';

const SAMPLES = 60;
const DEPTHS = ['none', 'user', 'organization'] as const;
type Depth = (typeof DEPTHS)[number];
const PRIVILEGES = ['read', 'append', 'append_to'] as const;
type Rights = Readonly<Record<(typeof PRIVILEGES)[number], Depth>>;

const RIGHTS: readonly Rights[] = DEPTHS.flatMap((read) =>
  DEPTHS.flatMap((append) => DEPTHS.map((append_to) => ({ read, append, append_to }))),
);

let crm: Crm;

function document(kind: 'entity' | 'role', name: string, body: object): SourceDocument {
  return { kind, name, layer: 'base', source: 'test', body: { name, label: { en: name }, ...body } };
}

const entity = (name: string, fields: object): SourceDocument =>
  document('entity', name, {
    ...{ set: `${name}s`, plural_label: { en: name }, ownership: 'user', title: 'name' },
    fields: { name: { type: 'text' }, ...fields },
  });

beforeAll(async () => {
  const shipped = await readDocumentFolder(new URL('../metadata', import.meta.url).pathname);
  const roles = ['club', 'person'].flatMap((name) =>
    RIGHTS.map((rights, n) => document('role', `${name}_${n}`, { privileges: { [name]: rights } })),
  );
  const members = { type: 'many', target: 'person', inverse: 'clubs' };
  const documents = [...shipped, entity('club', { members }), entity('person', {}), ...roles];
  // Thousands of requests of few kinds, which many.test.ts holds against the OpenAPI document.
  crm = await startCrm({ documents, promised: false });
});

afterAll(() => crm?.close());

const covers = (depth: Depth, isOwn: boolean): boolean => depth === 'organization' || (depth === 'user' && isOwn);

/** The record that is asked is `own`, the one it is to be linked to `other`: rights, and whether it is the caller's. */
interface Side {
  readonly rights: Rights;
  readonly isOwn: boolean;
}

const mayLink = ({ rights, isOwn }: Side): boolean => covers(rights.append, isOwn) && covers(rights.append_to, isOwn);
const mayLinkNone = ({ rights }: Side): boolean => rights.append === 'none' || rights.append_to === 'none';

const isHidden = ({ rights, isOwn }: Side): boolean => !covers(rights.read, isOwn);
const mayNothing = (own: Side, other: Side): boolean =>
  own.rights.read === 'none' || mayLinkNone(own) || mayLinkNone(other);

/** What POST answers: rights on the own record come before what is wrong with the other. */
function linked(own: Side, other: Side): number {
  if (mayNothing(own, other)) return 403;
  if (isHidden(own)) return 404;
  if (!mayLink(own)) return 403;
  if (isHidden(other)) return 400;
  return mayLink(other) ? 204 : 403;
}

/** What DELETE answers about a link that is there: a hidden record is no part of one. */
function takenAway(own: Side, other: Side): number {
  if (mayNothing(own, other)) return 403;
  if (isHidden(own) || isHidden(other)) return 404;
  return mayLink(own) && mayLink(other) ? 204 : 403;
}

interface Sample extends Side {
  readonly id: string;
  readonly set: string;
}

/** A record of the administrator's, or of the caller's. */
async function makeRecord(name: string, rights: Rights, owner: string | null): Promise<Sample> {
  const { id } = await crm.create(`${name}s`, { name: 'x' });
  if (owner !== null)
    await crm.platform.database.run(`update data.${name} set owner_id = $2::uuid where id = $1::uuid`, [id, owner]);
  return { id, set: `${name}s`, rights, isOwn: owner !== null };
}

const linksNow = async (): Promise<number> =>
  (await crm.platform.database.run('select from data.club__members')).length;

test('links are made and taken away by who may, from either end', async () => {
  const random = seededRandom(20_261_123);
  // Wide rights more often: most of the others end at the first test.
  const draw = (): number => RIGHTS.length - 1 - Math.floor(random() * random() * RIGHTS.length);
  const answers = new Map<number, number>();
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const [club, person] = [draw(), draw()];
    const user = await crm.user(`Caller ${sample}`, [`club_${club}`, `person_${person}`]);
    const ownerOf = (): string | null => (random() < 0.6 ? user.id : null);
    const sides = [
      await makeRecord('club', RIGHTS[club] as Rights, ownerOf()),
      await makeRecord('person', RIGHTS[person] as Rights, ownerOf()),
    ] as const;
    for (const [own, other, name] of [
      [sides[0], sides[1], 'members'],
      [sides[1], sides[0], 'clubs'],
    ] as const) {
      const at = `/${own.set}(${own.id})/${name}`;
      const body = { '@odata.id': `${other.set}(${other.id})` };
      const made = await crm.call(user, 'POST', `${at}/$ref`, body);
      expect([own, other, made.status, await linksNow()]).toEqual([
        ...[own, other, linked(own, other)],
        linked(own, other) === 204 ? 1 : 0,
      ]);
      await crm.call(crm.admin, 'POST', `${at}/$ref`, body);
      const taken = await crm.call(user, 'DELETE', `${at}(${other.id})/$ref`);
      expect([own, other, taken.status, await linksNow()]).toEqual([
        ...[own, other, takenAway(own, other)],
        takenAway(own, other) === 204 ? 0 : 1,
      ]);
      await crm.platform.database.run('delete from data.club__members');
      answers.set(made.status, (answers.get(made.status) ?? 0) + 1);
    }
  }
  expect([...answers.keys()].sort()).toEqual([204, 400, 403, 404]);
});
