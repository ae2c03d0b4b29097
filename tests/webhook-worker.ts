// A node that does nothing but jobs, in a process of its own, so that tests can kill it: `node webhook-worker.ts <database URL>`.
import { crmExtension, webhookExtension } from '@kartoteka/crm';
import { createPlatform } from '@kartoteka/platform';

const quiet = { info: () => {}, warn: () => {}, error: console.error };
const platform = await createPlatform({
  databaseUrl: String(process.argv[2]),
  documents: null,
  extensions: [crmExtension, webhookExtension({ networks: ['127.0.0.0/8'], delayMs: 100, timeoutMs: 500 })],
  log: quiet,
});
await platform.jobs.start();
process.stdout.write('ready\n');
