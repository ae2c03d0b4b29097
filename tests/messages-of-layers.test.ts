// Messages to records of an entity that a layer has given a history and an address.
import type { SourceDocument } from '@kartoteka/metadata';
import { type Principal, readDocumentFolder } from '@kartoteka/platform';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Crm, startCrm } from './crm-kit.ts';
import { type MailServer, startMailServer } from './mail-server.ts';

const entity = (name: string, body: object): SourceDocument => ({
  ...{ kind: 'entity', name, layer: 'custom', source: name },
  body,
});
const PARTNER = entity('x_partner', {
  ...{ name: 'x_partner', set: 'x_partners', label: { en: 'Partner' }, plural_label: { en: 'Partners' } },
  ...{ ownership: 'user', title: 'name' },
  fields: {
    name: { type: 'text', label: { en: 'Name' } },
    email: { type: 'email', label: { en: 'E-mail' } },
    sender: { type: 'lookup', label: { en: 'Sender' }, targets: ['company'], inverse: 'x_partners' },
  },
});
// Inboxes are left as they are: they lead to no partner.
const EVENT = entity('event', {
  extends: 'event',
  fields: { regarding: { targets: ['lead', 'contact', 'company', 'deal', 'x_partner'] } },
});

let server: MailServer;
let crm: Crm;
let admin: Principal;

beforeAll(async () => {
  server = await startMailServer();
  const documents = [...(await readDocumentFolder(new URL('../metadata', import.meta.url).pathname)), PARTNER, EVENT];
  crm = await startCrm({ documents, mail: { smtpUrl: server.url, from: 'CRM <crm@example.com>' } });
  admin = await crm.principal(crm.admin.id);
});
afterAll(async () => {
  await crm?.close();
  await server?.close();
});

async function sent(values: object, text: string) {
  const partner = await crm.create('x_partners', { name: 'P', ...values }, admin);
  const { json } = await crm.call(admin, 'POST', `/x_partners(${partner.id})/send_message`, { subject: 'Offer', text });
  await crm.platform.jobs.runDue({ names: ['mail.send'] });
  return (await crm.call(admin, 'GET', `/events(${json.event_id})`)).json;
}

test('one that is not delivered is told to who sent it', async () => {
  server.refusal = (_, at) => (at === 'recipient' ? 550 : null);
  expect((await sent({ email: 'refused@example.com' }, 'b')).outcome).toBe('failed');
  server.refusal = () => null;
  const inbox = (await crm.call(admin, 'GET', '/notifications')).json.value;
  expect(inbox).toMatchObject([{ kind: 'message', subject: expect.stringMatching(/: Offer$/), regarding_id: null }]);
});

test('a lookup with the name of who sends is the one that placeholders mean', async () => {
  const company = await crm.create('companies', { name: 'Sending Company' }, admin);
  const values = { email: 'named@example.com', sender_id: company.id };
  expect((await sent(values, 'From {{sender/name|nobody}}')).text).toBe('From Sending Company');
});
