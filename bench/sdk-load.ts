// One process of the bench of the client: loads contacts through it, or by the bulk endpoint alone, and prints the seconds and the largest
// memory. `node sdk-load.ts sdk|raw URL KEY ROWS CHUNK`
import { createClient, type SchemaData } from '../packages/sdk/src/index.ts';
import { contacts } from './sdk-source.ts';

interface Schema {
  contacts: {
    entity: 'contact';
    read: { id: string };
    create: Record<string, string | boolean>;
    update: Record<string, string | boolean>;
    keys: { external_id: { external_id: string } };
    navigations: object;
    kinds: { id: 'guid' };
    operations: object;
  };
}

const schema: SchemaData<Schema> = {
  version: '*',
  sets: {
    contacts: {
      entity: 'contact',
      kinds: { id: 'guid' },
      navigations: {},
      keys: { external_id: ['external_id'] },
      operations: {},
    },
  },
  operations: {},
};

const [way, url = '', key = '', rowsText, chunkText] = process.argv.slice(2);
const rows = Number(rowsText);
const chunk = Number(chunkText);

/** What a program without the client would do, without looking after errors: one request after the other. */
async function raw(): Promise<number> {
  let stored = 0;
  for (let from = 0; from < rows; from += chunk) {
    const records = [...contacts(from, Math.min(rows, from + chunk))];
    const response = await fetch(`${url}/api/v1/contacts/bulk`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ records }),
    });
    const { results } = (await response.json()) as { results: { status: number }[] };
    stored += results.filter(({ status }) => status === 201).length;
  }
  return stored;
}

async function sdk(): Promise<number> {
  const crm = createClient({ url, schema, auth: { apiKey: key } });
  let stored = 0;
  for await (const { status } of crm.contacts.bulk(contacts(0, rows), { chunk })) if (status === 201) stored += 1;
  return stored;
}

const started = performance.now();
const stored = await (way === 'sdk' ? sdk() : raw());
const seconds = (performance.now() - started) / 1000;
if (stored !== rows) throw new Error(`${stored} of ${rows} contacts were stored`);
console.log(JSON.stringify({ seconds, peak: Math.round(process.resourceUsage().maxRSS / 1024) }));
