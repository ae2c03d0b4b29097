// A thousand posts of a web form with the service killed in the middle: what was acknowledged is a lead or kept for review, once.
import { createTestDatabase } from '@kartoteka/platform/test-kit';
import { expect, it } from 'vitest';
import { ADMIN, signIn } from '../packages/service/src/testing/test-service.ts';
import { send, startServiceProcess } from './service-process.ts';

const POSTS = 1000;
const AT_ONCE = 8;
/** Every so many posts one has an address that is none. */
const WRONG_EVERY = 10;

it('every acknowledged post is a lead or an entry kept for review, and none twice', async () => {
  const database = await createTestDatabase();
  let service = await startServiceProcess(database.url);
  let kills = 0;
  try {
    const token = async (): Promise<string> =>
      (await signIn(service.address, ADMIN.email, ADMIN.password)).access_token;
    const made = await send(service.address, await token(), 'POST', 'web_forms', {
      name: 'Crash',
      accepted_fields: { last_name: { required: true }, email: {} },
      limit_per_address: 100_000,
      limit_per_form: 1_000_000,
    });
    expect(made.status, made.text).toBe(201);
    const path = `/public/forms/${made.json.public_key}`;
    const isWrong = (n: number): boolean => n % WRONG_EVERY === 0;
    const post = async (n: number): Promise<boolean> => {
      try {
        const response = await fetch(`${service.address}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'idempotency-key': `post ${n}` },
          body: JSON.stringify({ last_name: `N${n}`, email: isWrong(n) ? 'none' : `n${n}@example.com` }),
        });
        await response.text();
        return response.status === 202;
      } catch {
        return false;
      }
    };

    const acknowledged = new Set<number>();
    let next = 0;
    let restarted: Promise<void> | undefined;
    const kill = async (): Promise<void> => {
      kills += 1;
      await service.kill();
      service = await startServiceProcess(database.url);
    };
    const sender = async (): Promise<void> => {
      while (next < POSTS) {
        const n = next;
        next += 1;
        if (n === POSTS / 2) restarted = kill();
        // Who gets no answer sends it again, as a browser's user does, a few times; some are given up and may be there or not.
        for (let tries = 0; tries < 2 && !acknowledged.has(n); tries += 1) {
          if (await post(n)) acknowledged.add(n);
          else await restarted;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, sender));
    await restarted;
    // A repetition of every tenth, acknowledged or not, makes nothing anew.
    for (let n = 5; n < POSTS; n += 10) if (await post(n)) acknowledged.add(n);

    const read = async (set: string, select: string): Promise<Record<string, string | null>[]> => {
      const rows: Record<string, string | null>[] = [];
      let url = `${set}?$select=${select}&$top=5000&$orderby=id`;
      while (url !== '') {
        const page = await send(service.address, await token(), 'GET', url);
        expect(page.status, page.text).toBe(200);
        rows.push(...(page.json.value as Record<string, string | null>[]));
        url = String(page.json['@odata.nextLink'] ?? '').split('/api/v1/')[1] ?? '';
      }
      return rows;
    };
    const leads = (await read('leads', 'id,last_name')).map((lead) => String(lead.last_name));
    const kept = await read('web_form_submissions', 'status,record_id,post_id,sent_values');
    expect(kills).toBe(1);
    expect(acknowledged.size).toBeGreaterThan(POSTS - AT_ONCE * 2);
    expect(new Set(leads).size).toBe(leads.length);
    expect(new Set(kept.map((entry) => entry.post_id)).size).toBe(kept.length);
    const reviewed = kept.filter(({ status }) => status === 'review');
    const inReview = new Set(
      reviewed.map(({ sent_values }) => String((sent_values as unknown as { last_name: string }).last_name)),
    );
    expect(inReview.size).toBe(reviewed.length);
    const there = new Set([...leads, ...inReview]);
    expect([...acknowledged].filter((n) => !there.has(`N${n}`))).toEqual([]);
    expect([...acknowledged].filter((n) => inReview.has(`N${n}`) !== isWrong(n))).toEqual([]);
    const records = kept.filter(({ status }) => status === 'accepted');
    expect(new Set(records.map(({ record_id }) => record_id)).size).toBe(records.length);
  } finally {
    await service.kill();
    await database.drop();
  }
}, 300_000);
