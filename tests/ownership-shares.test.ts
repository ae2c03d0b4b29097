// Shares of a parent: what they let others do with the records below it.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { principalOf } from './crm-kit.ts';
import { requests, role, type Stored, startWorld, type World } from './ownership-kit.ts';

let world: World;
beforeAll(async () => {
  const deals = { read: 'organization' };
  world = await startWorld([role('skips_remarks', { deal: deals, reply: { read: 'user' } })]);
});
afterAll(() => world?.crm.close());

const { create, call, deal, seen } = requests(() => world);

describe('shares of a parent', () => {
  /** A deal of a stranger with a remark and a reply, and a reader who has rights on own records only. */
  async function shared(rights: readonly string[], to?: string) {
    const owner = await world.principal('own', 'city');
    const reader = await world.principal('own', 'south');
    const { id } = await deal(owner);
    const remark = await create(owner, 'remarks', { text: 'a', deal_id: id, rank: 1 });
    const reply = await create(owner, 'replies', { text: 'b', remark_id: remark.id });
    const quote = await create(owner, 'quotes', { text: 'c', reply_id: reply.id });
    const share = { principal_id: to ?? reader.id, rights };
    expect((await call(world.crm.admin, 'POST', `/deals(${id})/share`, share)).status).toBe(204);
    const again = async () => principalOf(world.crm.platform, reader.id);
    return { owner, reader: await again(), again, deal: id, remark: remark.id, reply: reply.id, quote: quote.id };
  }
  const status = async (as: Principal, method: string, path: string, body?: object) =>
    (await call(as, method, path, body)).status;

  it('count for its children and theirs, right by right, until they are taken back', async () => {
    const { reader, again, ...ids } = await shared(['read']);
    expect(await seen(reader, 'remarks', [ids.remark])).toEqual([ids.remark]);
    expect(await seen(reader, 'replies', [ids.reply])).toEqual([ids.reply]);
    expect(await seen(reader, 'quotes', [ids.quote])).toEqual([ids.quote]);
    expect(await status(reader, 'PATCH', `/remarks(${ids.remark})`, { text: 'x' })).toBe(403);
    const change = { principal_id: reader.id, rights: ['read', 'write', 'delete'] };
    expect(await status(world.crm.admin, 'POST', `/deals(${ids.deal})/modify`, change)).toBe(204);
    expect(await status(await again(), 'PATCH', `/remarks(${ids.remark})`, { text: 'x' })).toBe(204);
    expect(await status(await again(), 'DELETE', `/replies(${ids.reply})`)).toBe(204);
    expect(await status(world.crm.admin, 'POST', `/deals(${ids.deal})/revoke`, { principal_id: reader.id })).toBe(204);
    expect(await seen(await again(), 'remarks', [ids.remark])).toEqual([]);
    expect(await seen(await again(), 'quotes', [ids.quote])).toEqual([]);
  });

  it('of a child count for what is below it, and not for what is above', async () => {
    const { owner, reader, again, ...ids } = await shared(['write']);
    const give = { principal_id: reader.id, rights: ['read'] };
    expect(await status(world.crm.admin, 'POST', `/remarks(${ids.remark})/share`, give)).toBe(204);
    const other = await create(owner, 'remarks', { text: 'o', deal_id: ids.deal });
    expect(await seen(await again(), 'remarks', [ids.remark, other.id])).toEqual([ids.remark]);
    expect(await seen(await again(), 'replies', [ids.reply])).toEqual([ids.reply]);
    expect(await seen(await again(), 'deals', [ids.deal])).toEqual([]);
  });

  it('reach members of a team, and nobody without the privilege', async () => {
    const team = await create(world.crm.admin, 'teams', { name: 'Guests', owning_business_unit_id: world.units.south });
    const { reader, again, remark } = await shared(['read'], team.id);
    expect(await seen(reader, 'remarks', [remark])).toEqual([]);
    await create(world.crm.admin, 'team_members', { team_id: team.id, user_id: reader.id });
    expect(await seen(await again(), 'remarks', [remark])).toEqual([remark]);
    const bare = await world.crm.user('Bare', ['deals_only']);
    await create(world.crm.admin, 'team_members', { team_id: team.id, user_id: bare.id });
    expect(await status(await principalOf(world.crm.platform, bare.id), 'GET', `/remarks(${remark})`)).toBe(403);
  });

  it('are explained by the lookups they come through, and by the shared record where all on the way to it can be read', async () => {
    const skipping = await world.crm.user('Skipping', ['skips_remarks']);
    const { reply, deal: shown, reader } = await shared(['read'], skipping.id);
    const coverOf = async (userId: string) => {
      const { json } = await call(
        await principalOf(world.crm.platform, userId),
        'GET',
        `/replies(${reply})/explain_access`,
      );
      return json.privileges.read.grants[0].covers[0];
    };
    // The deal may be read, but not the remark that says which deal it is.
    expect(await coverOf(skipping.id)).toMatchObject({ by: 'share', through: 'remark/deal', of: { entity: 'deal' } });
    expect((await coverOf(skipping.id)).of).toEqual({ entity: 'deal' });
    const give = { principal_id: reader.id, rights: ['read'] };
    expect(await status(world.crm.admin, 'POST', `/deals(${shown})/share`, give)).toBe(204);
    expect((await coverOf(reader.id)).of).toEqual({ entity: 'deal', id: shown });
  });

  it('count in expands, paths, filters and orders, and follow the record to another parent', async () => {
    const { reader, again, owner, ...ids } = await shared(['read']);
    const expanded = await call(
      reader,
      'GET',
      `/deals(${ids.deal})?$expand=remarks($select=text;$expand=replies($select=text))`,
    );
    expect(expanded.json.remarks[0]).toMatchObject({ text: 'a', replies: [expect.objectContaining({ text: 'b' })] });
    const filtered = await call(
      reader,
      'GET',
      `/replies?$filter=remark/deal/id eq ${ids.deal}&$orderby=remark/rank desc&$count=true`,
    );
    expect(filtered.json).toMatchObject({ '@odata.count': 1, value: [{ id: ids.reply }] });
    const ordered = await call(reader, 'GET', `/remarks?$filter=deal_id eq ${ids.deal}&$orderby=rank&$select=id`);
    expect(ordered.json.value.map(({ id }: Stored) => id)).toEqual([ids.remark]);
    const apart = await deal(owner);
    expect(await status(owner, 'PATCH', `/remarks(${ids.remark})`, { deal_id: apart.id })).toBe(204);
    expect(await seen(await again(), 'remarks', [ids.remark])).toEqual([]);
    expect(await seen(await again(), 'replies', [ids.reply])).toEqual([]);
  });

  it('count in the recycle bin, and let a record come out of it', async () => {
    const { reader, ...ids } = await shared(['read', 'delete']);
    expect(await status(reader, 'DELETE', `/remarks(${ids.remark})`)).toBe(204);
    const bin = await call(reader, 'GET', `/remarks/deleted?$filter=deal_id eq ${ids.deal}&$count=true&$orderby=rank`);
    expect(bin.json).toMatchObject({ '@odata.count': 1, value: [{ id: ids.remark }] });
    const stranger = await world.principal('own', 'north');
    expect((await call(stranger, 'GET', '/remarks/deleted')).json.value).toEqual([]);
    expect(await status(stranger, 'POST', `/remarks(${ids.remark})/restore`, {})).toBe(404);
    expect(await status(reader, 'POST', `/remarks(${ids.remark})/restore`, {})).toBeLessThan(300);
    expect(await seen(reader, 'replies', [ids.reply])).toEqual([ids.reply]);
  });

  it('let somebody write below the parent, where the depth of create reaches it', async () => {
    const { again, ...ids } = await shared(['read', 'append', 'append_to']);
    const reader = await again();
    expect(await status(reader, 'POST', '/remarks', { text: 'n', deal_id: ids.deal })).toBe(403);
    const creator = await world.crm.user('Creator', ['own', 'creates_everywhere'], world.units.south);
    const give = { principal_id: creator.id, rights: ['read', 'append', 'append_to'] };
    expect(await status(world.crm.admin, 'POST', `/deals(${ids.deal})/share`, give)).toBe(204);
    const able = await principalOf(world.crm.platform, creator.id);
    const made = await create(able, 'remarks', { text: 'n', deal_id: ids.deal });
    expect(made).toMatchObject({ owner_id: ids.owner.id, text: 'n' });
  });

  it('of one of several kinds of parents count for that kind alone', async () => {
    const { again, owner, deal: id } = await shared(['read']);
    const company = await create(owner, 'companies', { id, name: 'With the id of the deal' });
    const on = (on_type: string) => create(world.crm.admin, 'marks', { text: 'm', on_type, on_id: company.id });
    const marks = [await on('deal'), await on('company')].map((mark) => mark.id);
    expect(await seen(await again(), 'marks', marks)).toEqual([marks[0]]);
  });
});
