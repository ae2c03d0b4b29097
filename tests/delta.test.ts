// Delta links over the whole engine: a client that follows them holds what a fresh read would give it.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeltaKit, type Follower, startDeltaKit } from './delta-kit.ts';

let kit: DeltaKit;
let all: Principal;
beforeAll(async () => {
  kit = await startDeltaKit();
  ({ all } = kit);
});
afterAll(() => kit?.crm.close());

const make: DeltaKit['make'] = (...values) => kit.make(...values);
const patch = (set: string, id: string, values: object) => kit.done(all, 'PATCH', `/${set}(${id})`, values);
const remove = (set: string, id: string) => kit.done(all, 'DELETE', `/${set}(${id})`);
let users = 0;
const user = (...roles: string[]) => {
  users += 1;
  return kit.crm.user(`User ${users}`, roles);
};

/** What a step tells the follower, whose copy must be fresh afterwards. */
async function told(follower: Follower) {
  follower.principal = await kit.crm.principal(follower.principal.id);
  const { changed, removed } = await follower.follow();
  await follower.expectFresh();
  return { changed, removed };
}

describe('a list that is followed', () => {
  it('tells new, changed, deleted and restored records, each once, and nothing when nothing happened', async () => {
    const old = await make('notes', { text: 'old' });
    const follower = await kit.follow(all, '/notes');
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
    const fresh = await make('notes', { text: 'new' });
    await patch('notes', old, { rank: 1 });
    await patch('notes', old, { rank: 2 });
    expect(await told(follower)).toEqual({ changed: [fresh, old], removed: {} });
    expect(follower.copy.get(old)).toMatchObject({ rank: 2, '@odata.etag': 'W/"3"' });
    await remove('notes', old);
    expect(await told(follower)).toEqual({ changed: [], removed: { [old]: 'deleted' } });
    await kit.done(all, 'POST', `/notes(${old})/restore`);
    expect(await told(follower)).toEqual({ changed: [old], removed: {} });
    const brief = await make('notes', { text: 'brief' });
    await remove('notes', brief);
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
  });

  it('tells what enters and leaves a filter, with the selected properties', async () => {
    const follower = await kit.follow(all, `/notes?$filter=rank gt 5 and stage eq 'f'&$select=text,double`);
    const id = await make('notes', { text: 'a', rank: 1, stage: 'f' });
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
    await patch('notes', id, { rank: 6 });
    expect(await told(follower)).toEqual({ changed: [id], removed: {} });
    expect(Object.keys(follower.copy.get(id)).sort()).toEqual(['@odata.etag', 'double', 'id', 'text']);
    await patch('notes', id, { rank: 5 });
    expect(await told(follower)).toEqual({ changed: [], removed: { [id]: 'changed' } });
    await patch('notes', id, { text: 'b' });
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
  });
});

describe('what a reader of few rights is told', () => {
  it('follows owners: what comes to him, and what is taken from him without a word of what it is', async () => {
    const reader = await user('own');
    const follower = await kit.follow(reader, '/notes');
    const id = await make('notes', { text: 'mine soon' });
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
    await patch('notes', id, { owner_id: reader.id });
    expect(await told(follower)).toEqual({ changed: [id], removed: {} });
    await patch('notes', id, { owner_id: all.id });
    await patch('notes', id, { text: 'secret now' });
    expect(await told(follower)).toEqual({ changed: [], removed: { [id]: 'changed' } });
    await remove('notes', id);
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
  });

  it('does not learn that a record was deleted after it was taken from him', async () => {
    const reader = await user('own');
    const [kept, taken] = [await make('notes', { owner_id: reader.id }), await make('notes', { owner_id: reader.id })];
    const follower = await kit.follow(reader, '/notes');
    await patch('notes', taken, { owner_id: all.id });
    await remove('notes', taken);
    await remove('notes', kept);
    expect(await told(follower)).toEqual({ changed: [], removed: { [kept]: 'deleted', [taken]: 'changed' } });
  });

  it('follows shares, given and taken back, changed and given to his team', async () => {
    const reader = await user('own');
    const team = await make(
      'teams',
      { name: `Team ${users}`, owning_business_unit_id: kit.crm.rootUnitId },
      kit.crm.admin,
    );
    await kit.crm.create('team_members', { team_id: team, user_id: reader.id });
    const follower = await kit.follow(await kit.crm.principal(reader.id), '/notes');
    const share = (action: string, body: object) => kit.done(all, 'POST', `/notes(${id})/${action}`, body);
    const id = await make('notes', { text: 'shared' });
    await share('share', { principal_id: reader.id, rights: ['read', 'write'] });
    expect(await told(follower)).toEqual({ changed: [id], removed: {} });
    await share('modify', { principal_id: reader.id, rights: ['write'] });
    expect(await told(follower)).toEqual({ changed: [], removed: { [id]: 'changed' } });
    await share('share', { principal_id: team, rights: ['read'] });
    expect(await told(follower)).toEqual({ changed: [id], removed: {} });
    await share('share', { principal_id: reader.id, rights: ['read'] });
    await share('revoke', { principal_id: team });
    expect(await told(follower)).toEqual({ changed: [id], removed: {} });
    await patch('notes', id, { rank: 1 });
    await share('revoke', { principal_id: reader.id });
    expect(await told(follower)).toEqual({ changed: [], removed: { [id]: 'changed' } });
    await share('share', { principal_id: reader.id, rights: ['read'] });
    await share('revoke', { principal_id: reader.id });
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
  });

  it('follows shares of what a record belongs to, over one lookup and over several', async () => {
    const reader = await user('own');
    const folder = await make('folders', { text: 'F' });
    const note = await make('notes', { text: 'n', folder_id: folder });
    const bit = await make('bits', { text: 'b', note_id: note });
    const crumbs = [await make('crumbs', { text: 'c', bit_id: bit }), await make('crumbs', { text: 'd', bit_id: bit })];
    const [notes, found] = [await kit.follow(reader, '/notes'), await kit.follow(reader, '/crumbs', { pageSize: 1 })];
    const give = { principal_id: reader.id, rights: ['read'] };
    await kit.done(all, 'POST', `/folders(${folder})/share`, give);
    expect(await told(notes)).toEqual({ changed: [note], removed: {} });
    expect((await told(found)).changed.toSorted()).toEqual(crumbs.toSorted());
    await patch('notes', note, { folder_id: null });
    expect(await told(notes)).toEqual({ changed: [], removed: { [note]: 'changed' } });
    const gone = Object.fromEntries(crumbs.map((crumb) => [crumb, 'changed']));
    expect(await told(found)).toEqual({ changed: [], removed: gone });
    await patch('notes', note, { folder_id: folder });
    expect(await told(notes)).toEqual({ changed: [note], removed: {} });
    expect((await told(found)).changed.toSorted()).toEqual(crumbs.toSorted());
    await kit.done(all, 'POST', `/folders(${folder})/revoke`, { principal_id: reader.id });
    await patch('notes', note, { folder_id: null });
    expect(await told(notes)).toEqual({ changed: [], removed: { [note]: 'changed' } });
    expect(await told(found)).toEqual({ changed: [], removed: gone });
  });

  it('follows the conditions of his roles', async () => {
    const follower = await kit.follow(await user('visible'), `/notes?$filter=text eq 'conditional'`);
    const id = await make('notes', { text: 'conditional', stage: 'hidden' });
    expect(await told(follower)).toEqual({ changed: [], removed: {} });
    await patch('notes', id, { stage: 'open' });
    expect(await told(follower)).toEqual({ changed: [id], removed: {} });
    await patch('notes', id, { stage: 'hidden' });
    expect(await told(follower)).toEqual({ changed: [], removed: { [id]: 'changed' } });
  });

  it('follows cascades: records assigned, deleted and cleared with another', async () => {
    const reader = await user('own');
    const folder = await make('folders', { text: 'F' });
    const note = await make('notes', { text: 'n', folder_id: folder });
    const bit = await make('bits', { text: 'b', note_id: note });
    const [notes, bits] = [await kit.follow(reader, '/notes'), await kit.follow(reader, '/bits')];
    await kit.done(all, 'POST', `/folders(${folder})/assign`, { owner_id: reader.id });
    expect([await told(notes), await told(bits)]).toEqual([
      { changed: [note], removed: {} },
      { changed: [bit], removed: {} },
    ]);
    await remove('folders', folder);
    expect(await told(notes)).toEqual({ changed: [note], removed: {} });
    // What could have brought it to him is told as well, though it was his already.
    expect(await told(bits)).toEqual({ changed: [bit], removed: {} });
    await remove('notes', note);
    expect(await told(bits)).toEqual({ changed: [], removed: { [bit]: 'deleted' } });
    await kit.done(all, 'POST', `/notes(${note})/restore`);
    await patch('notes', note, { owner_id: all.id });
    expect([await told(notes), await told(bits)]).toEqual([
      { changed: [], removed: { [note]: 'changed' } },
      { changed: [], removed: {} },
    ]);
  });
});
