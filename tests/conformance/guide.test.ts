// docs/odata.md promises an answer for every form of request that OData has: each row of its tables is sent as it stands, and answered
// with the status that the row tells.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createSample, type Options, type Sample, startClient } from './kit.ts';

interface Row {
  readonly line: number;
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly status: number;
}

const GUIDE = readFileSync(new URL('../../docs/odata.md', import.meta.url), 'utf8');
const ROWS = rowsOf(GUIDE);

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

/** `| what | `GET /path` `Header: value` `{"body": 1}` | 200 |`: rows of other tables have no request in the second cell. */
function rowsOf(guide: string): Row[] {
  return guide.split('\n').flatMap((text, index): Row[] => {
    const cells = text.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
    const [, what = '', example = '', status = ''] = cells;
    const spans = [...example.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span);
    const [, method = '', path = ''] = /^([A-Z]+) (\S.*)$/.exec(spans[0] ?? '') ?? [];
    if (method === '') return [];
    const headers = spans.slice(1).flatMap((span) => {
      const [, name = '', value = ''] = /^([A-Za-z-]+): (.*)$/.exec(span) ?? [];
      return name === '' ? [] : [[name, value]];
    });
    const body = spans.slice(1).find((span) => /^[[{]|^--/.test(span));
    return [
      { line: index + 1, what, method, path, headers: Object.fromEntries(headers), body, status: Number(status) },
    ];
  });
}

test('the guide has a row for every area, and every row tells a status', () => {
  expect(ROWS.length).toBeGreaterThan(100);
  expect(ROWS.filter(({ status }) => !(status >= 200 && status < 600))).toEqual([]);
  expect(ROWS.filter(({ status }) => status === 501).length).toBeGreaterThan(10);
});

test('every request of the guide is answered as the guide says', async () => {
  const wrong: string[] = [];
  for (const row of ROWS) {
    const { line, what, method, path, headers, body, status } = row;
    const answer = await client.send(method, await filled(path), await optionsOf(headers, body));
    if (answer.status !== status)
      wrong.push(
        `docs/odata.md:${line} ${what}: ${method} ${path} answered ${answer.status}, not ${status}: ${answer.text.slice(0, 200)}`,
      );
    if (status === 501) expect(answer.json.error.code, `docs/odata.md:${line}`).toBe('not_supported');
  }
  expect(wrong).toEqual([]);
});

test('every MUST that the guide lists has a test that names it, in the part of the file about its list', () => {
  const listed = [...GUIDE.matchAll(/^\| (13\.\d\.\d) \(([\d.]+)\) +\|.*\| `([\w-]+\.test\.ts)` +\|$/gm)];
  expect(listed.length).toBeGreaterThan(50);
  const missing = listed.filter(([, list = '', item = '', file = '']) => {
    const parts = readFileSync(new URL(file, import.meta.url), 'utf8').split(/^describe\('/m);
    const named = new RegExp(`^ {2}test\\('[^']*\\(${item.replaceAll('.', '\\.')}\\)`, 'm');
    return !parts.some((part) => part.startsWith(list) && named.test(part));
  });
  expect(missing.map(([row]) => row)).toEqual([]);
});

test('the guide has a clause for everything that answers 501, and for nothing else', () => {
  const [, table = ''] = GUIDE.split(/^\| what answers 501.*\n.*\n/m);
  const told = table
    .split('\n\n')[0]
    ?.split('\n')
    .map((row) => row.split('|')[1]?.trim());
  expect(told?.sort()).toEqual(ROWS.flatMap(({ status, what }) => (status === 501 ? [what] : [])).sort());
});

async function optionsOf(headers: Readonly<Record<string, string>>, body: string | undefined): Promise<Options> {
  return body === undefined ? { headers } : { headers, body: await filled(body) };
}

/** The guide's capital words become ids: of the sample's records, `NEW` of none, and `OWN` of a company made for the request. */
async function filled(text: string): Promise<string> {
  let found = text;
  const known: Record<string, () => Promise<string>> = {
    COMPANY: async () => sample.acme.id,
    CONTACT: async () => sample.anna.id,
    DEAL: async () => sample.roof.id,
    OWN: async () => (await client.create('companies', { name: 'Own', headcount: 5 })).id,
    NEW: async () => crypto.randomUUID(),
  };
  for (const [word, id] of Object.entries(known)) {
    if (!new RegExp(`\\b${word}\\b`).test(found)) continue;
    found = found.replaceAll(new RegExp(`\\b${word}\\b`, 'g'), await id());
  }
  return found;
}
