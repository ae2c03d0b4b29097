// Reminders while the nodes that send them are killed at random: two at work, one of them always about to die.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startCrm } from './crm-kit.ts';

const WORKER = new URL('webhook-worker.ts', import.meta.url).pathname;
const REMINDERS = 600;
/** Over which reminders come. */
const SECONDS = 12;
const KILLS = 6;
const TOLD = `select regarding_id::text as id, count(*)::int as count, min(created_on)::text as first from data.notification
  where kind = 'reminder' group by 1`;

async function startWorker(url: string): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [WORKER, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(worker.stdout as NodeJS.ReadableStream, 'data');
  return worker;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('each reminder is told exactly once while nodes are killed at random', async () => {
  const crm = await startCrm({ promised: false });
  const workers = [await startWorker(crm.url), await startWorker(crm.url)];
  try {
    const begin = Date.now() + 3_000;
    const records = Array.from({ length: REMINDERS }, (_, n) => ({
      ...{ kind: 'task', subject: `Reminder ${n}` },
      reminder_on: new Date(begin + (n * SECONDS * 1000) / REMINDERS).toISOString(),
    }));
    const made = await crm.call(crm.admin, 'POST', '/activities/bulk', { records, atomic: true });
    const ids: string[] = made.json.results.map(({ id }: { readonly id: string }) => id);
    // Every tenth one is put off while others come, and every tenth is done before.
    const off = ids.filter((_, n) => n % 10 === 3);
    const done = ids.filter((_, n) => n % 10 === 7 && n > REMINDERS / 2);
    const late = new Date(begin + SECONDS * 1000).toISOString();
    const changes = [...off.map((id) => ({ id, reminder_on: late })), ...done.map((id) => ({ id, status: 'done' }))];
    expect((await crm.call(crm.admin, 'POST', '/activities/bulk', { mode: 'update', records: changes })).status).toBe(
      200,
    );
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(Math.random() * 2_000 + 500);
      const at = kill % 2;
      workers[at]?.kill('SIGKILL');
      workers[at] = await startWorker(crm.url);
    }
    const expected = new Set(ids.filter((id) => !done.includes(id)));
    const deadline = performance.now() + 60_000;
    let told = await crm.platform.database.run(TOLD, []);
    while (told.length < expected.size && performance.now() < deadline) {
      await pause(200);
      told = await crm.platform.database.run(TOLD, []);
    }
    // What a killed node had begun would be told again by now.
    await pause(1_000);
    told = await crm.platform.database.run(TOLD, []);
    expect(new Set(told.map(({ id }) => String(id)))).toEqual(expected);
    expect(told.filter(({ count }) => Number(count) !== 1)).toEqual([]);
    const early = told.filter(
      ({ id, first }) => off.includes(String(id)) && Date.parse(String(first)) < Date.parse(late),
    );
    expect(early).toEqual([]);
    expect(await crm.platform.jobs.deadLetters()).toEqual([]);
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await crm.close();
  }
}, 180_000);
