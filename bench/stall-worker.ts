// Asks a server one request after the other over a few connections, from a thread of its own, and keeps how long the longest answer
// of each kind took. Only stall.ts starts it.
import { parentPort, workerData } from 'node:worker_threads';
import { KeepAliveConnection } from './keep-alive-connection.ts';
import type { StallRequest, StallWork } from './stall.ts';

const { port, connections, requests, gapMs } = workerData as StallWork;
const waits = new Map<string, number[]>();

async function drive(first: number): Promise<void> {
  let [at, begin] = [first, 0];
  const next = (): StallRequest => requests[at % requests.length] as StallRequest;
  const ask = (): void => {
    begin = performance.now();
    connection.send(next().text.replace('{n}', `${first}x${at}`));
  };
  const connection = await KeepAliveConnection.open(
    port,
    (status, answer) => {
      const { kind, status: wanted } = next();
      if (status !== wanted) throw new Error(`${kind} answered ${status}: ${answer.toString('utf8').slice(0, 2_000)}`);
      const kept = waits.get(kind) ?? [];
      waits.set(kind, kept);
      kept.push(performance.now() - begin);
      at += 1;
      setTimeout(ask, gapMs);
    },
    (reason) => {
      throw reason;
    },
  );
  ask();
}

/** On every message what has been kept since the one before is told. */
parentPort?.on('message', () => {
  parentPort?.postMessage(waits);
  waits.clear();
});
for (let number = 0; number < connections; number += 1) await drive(number);
parentPort?.postMessage(waits);
