// Runs inside a copy of the project that has the entity `ticket` and the field type `rating`: uses them through the engine and
// prints what it saw as JSON.
import { bootstrap, createPlatform, type Log, PlatformError, readDocumentFolder } from '@kartoteka/platform';

const log: Log = { info: () => {}, warn: () => {}, error: (fields, message) => console.error(message, fields) };
const documents = await readDocumentFolder('metadata');
const platform = await createPlatform({ databaseUrl: process.env.DATABASE_URL ?? '', documents, log });
const { adminId } = await bootstrap(platform.database, { adminEmail: 'admin@example.com' });
const admin = await platform.principals.get(adminId);
if (admin === null) throw new Error('there is no administrator');

// biome-ignore lint/suspicious/noExplicitAny: answers are JSON of any shape
async function send(method: string, path: string, values?: unknown): Promise<{ status: number; json: any }> {
  const [route = '', query = ''] = path.split('?');
  const body = values === undefined ? null : JSON.stringify(values);
  const headers = { 'content-type': 'application/json' };
  try {
    const request = { method, path: route, query, headers, body, baseUrl: 'http://copy.test/api/v1', client: null };
    const answer = await platform.handle(request, admin as NonNullable<typeof admin>);
    return { status: answer.status, json: JSON.parse(answer.body ?? 'null') };
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    return { status: error.status, json: error.details };
  }
}

const subjects = (list: { json: { value: { subject: string }[] } }): string[] =>
  list.json.value.map((row) => row.subject);
const company = await send('POST', '/companies', { name: 'Acme' });
const created = await send('POST', '/tickets', { subject: 'Too slow', mood: 1, company_id: company.json.id });
await send('POST', '/tickets', { subject: 'Thank you', mood: 5, company_id: company.json.id });
const refused = await send('POST', '/tickets', { subject: 'Stars', mood: 6 });
const best = await send('GET', '/tickets?$orderby=mood%20desc&$top=1');
const expanded = await send('GET', `/companies(${company.json.id})?$expand=tickets($orderby=subject)`);
console.log(
  JSON.stringify({
    created: created.status,
    tooManyStars: [refused.status, refused.json.map((detail: { target: string }) => detail.target)],
    unhappy: subjects(await send('GET', '/tickets?$filter=mood%20le%202')),
    ofTheCompany: subjects({ json: { value: expanded.json.tickets } }),
    best: subjects(best)[0],
  }),
);
await platform.close();
