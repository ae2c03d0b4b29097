// Loads the demo data through the engine, with the rights of the administrator, as a client would. What is there already is
// left alone, so that it can be repeated, also after an interruption; once all of it was loaded, nothing is looked at any more.

import { takePost, webForm } from '@kartoteka/crm';
import type { Platform, Principal } from '@kartoteka/platform';
import { dateIn } from '@kartoteka/platform';
import type { Credentials } from '../auth/credentials.ts';
import { EngineClient } from '../engine-client.ts';
import { type DemoRecord, dayAfter, TEAM, type Telling as WholeTelling } from './record.ts';
import { DEMO_WORDS, demoRule, demoSettings, demoStory } from './story.ts';
import { ABSENCE, DEMO_PASSWORD, demoUsers, TEAM_MEMBERS } from './users.ts';
import type { DemoLanguage, DemoWords } from './words.ts';

/** Records come with their owners, and with what rules say of imports. */
const IMPORTED = { 'kartoteka-duplicates': 'import' };
type Telling = Pick<WholeTelling, 'words' | 'today'>;

/** Records of one request. */
const AT_ONCE = 1000;

/** Brings the demo data into the database. Throws when the engine refuses a record. */
export async function loadDemo(
  platform: Platform,
  principal: Principal,
  credentials: Credentials,
  language: DemoLanguage,
): Promise<void> {
  const engine = new EngineClient(platform, principal, 'demo', IMPORTED);
  const loaded = await engine.idsBy('webhooks', 'name');
  if (Object.values(DEMO_WORDS).some(({ webhook }) => loaded.has(webhook))) return;
  const today = dateIn(platform.model().organization.timeZone, new Date());
  const { words, sets, conversions } = demoStory({ today, language });
  const ids = await loadUsers(engine, principal, credentials, { words, today });
  await loadTeam(engine, principal, ids, words);
  for (const [set, records] of sets) await loadRecords(engine, set, records, ids);
  await loadConversions(engine, conversions, ids);
  await loadRule(platform, engine, words);
  for (const [set, records] of demoSettings(words)) {
    // The webhook is loaded last: where it is, all is.
    if (set === 'webhooks') await postEnquiries(platform, engine, words);
    await loadNamed(engine, set, records, ids);
  }
}

/** Units, users with their roles and passwords; gives users' ids by login. */
async function loadUsers(
  engine: EngineClient,
  principal: Principal,
  credentials: Credentials,
  { words, today }: Telling,
): Promise<Map<string, string>> {
  const units = await engine.idsBy('business_units', 'name');
  for (const name of Object.values(words.units)) {
    if (!units.has(name)) {
      units.set(name, await engine.create('business_units', { name, parent_id: principal.businessUnitId }));
    }
  }
  const users = await engine.idsBy('users', 'email');
  const assigned = await engine.idsBy('role_assignments', 'user_id');
  const ids = new Map<string, string>();
  for (const { login, email, name, title, role, unit, manager } of demoUsers(words)) {
    const values = {
      email,
      full_name: name,
      job_title: title,
      owning_business_unit_id: units.get(unit),
      language: words.language,
      // Their addresses are examples.
      notify_by_email: false,
    };
    const [first, last] = ABSENCE.days.map((days) => dayAfter(today, days));
    const more = {
      ...(manager === null ? {} : { manager_id: ids.get(manager) }),
      ...(login === ABSENCE.login ? { absent_from: first, absent_until: last } : {}),
    };
    const id = users.get(email) ?? (await engine.create('users', { ...values, ...more }));
    ids.set(login, id);
    if (!assigned.has(id)) await engine.create('role_assignments', { role, user_id: id });
    if (!(await credentials.exists(id))) await credentials.set(id, DEMO_PASSWORD, { actorId: null });
  }
  return ids;
}

/** The team that new enquiries go to; adds its id. */
async function loadTeam(
  engine: EngineClient,
  { businessUnitId }: Principal,
  ids: Map<string, string>,
  { team }: DemoWords,
): Promise<void> {
  const id = (await engine.idsBy('teams', 'name')).get(team.name);
  const known = id ?? (await engine.create('teams', { ...team, owning_business_unit_id: businessUnitId }));
  ids.set(TEAM, known);
  const assigned = await engine.idsBy('role_assignments', 'team_id');
  if (!assigned.has(known)) await engine.create('role_assignments', { role: 'sales_representative', team_id: known });
  const members = TEAM_MEMBERS.map((login) => ({ team_id: known, user_id: ids.get(login) }));
  await engine.createMissing('team_members', members);
}

/** Creates the records that are not there yet, and adds the ids of all by external id. */
async function loadRecords(
  engine: EngineClient,
  set: string,
  records: readonly DemoRecord[],
  ids: Map<string, string>,
): Promise<void> {
  const keyed = records.some(({ externalId }) => externalId !== null);
  const present = keyed ? await engine.idsBy(set, 'external_id') : new Map<string, string>();
  const missing = records.filter(({ externalId }) => externalId === null || !present.has(externalId));
  for (const [externalId, id] of present) ids.set(externalId, id);
  for (let start = 0; start < missing.length; start += AT_ONCE) {
    const part = missing.slice(start, start + AT_ONCE);
    const made = await engine.createMissing(
      set,
      part.map((record) => ({ ...payloadOf(record, ids), ...(keyed ? { external_id: record.externalId } : {}) })),
    );
    for (const [index, { externalId }] of part.entries()) {
      const id = made[index];
      if (externalId !== null && id !== undefined) ids.set(externalId, id);
    }
  }
}

/** What has no key of its own is known by its name, and then its parts are there as well. */
async function loadNamed(
  engine: EngineClient,
  set: string,
  records: readonly DemoRecord[],
  ids: Map<string, string>,
): Promise<void> {
  const present = records.some(({ values }) => values.name !== undefined) ? await engine.idsBy(set, 'name') : new Map();
  for (const record of records) {
    const known = present.get(String(record.values.name));
    const [id = known] = known === undefined ? await engine.createMissing(set, [payloadOf(record, ids)]) : [];
    if (record.externalId !== null && id !== undefined) ids.set(record.externalId, id);
  }
}

async function loadRule(platform: Platform, engine: EngineClient, words: DemoWords): Promise<void> {
  const { name, body } = demoRule(words);
  if (platform.model().assignmentRules.has(name)) return;
  await engine.post('/metadata/publish', { comment: words.rule, documents: [{ kind: 'assignment_rule', name, body }] });
}

/** As visitors send them: the rule deals them out. One that was sent before is known by its id. */
async function postEnquiries(platform: Platform, engine: EngineClient, { form, enquiries }: DemoWords): Promise<void> {
  const keys = await engine.idsBy('web_forms', 'public_key');
  const names = new Map([...(await engine.idsBy('web_forms', 'name'))].map(([name, id]) => [id, name]));
  const [key = ''] = [...keys].find(([, id]) => names.get(id) === form.name) ?? [];
  const found = await webForm(platform, key);
  if (found === null) return;
  for (const [index, values] of enquiries.entries()) {
    const post = { values, postId: `demo.enquiry.${index}`, sender: 'demo', marks: { utm_source: 'web' } };
    await takePost(platform, found, { ...post, page: null, consent: true, suspicion: null });
  }
}

async function loadConversions(
  engine: EngineClient,
  conversions: readonly DemoRecord[],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const told = new Set((await engine.idsBy('leads', 'converted_contact_id')).values());
  const records = conversions
    .filter(({ externalId }) => !told.has(ids.get(externalId ?? '') ?? ''))
    .map((record) => ({ external_id: record.externalId, ...payloadOf(record, ids) }));
  for (let start = 0; start < records.length; start += AT_ONCE)
    await engine.updateMany('leads', 'external_id', records.slice(start, start + AT_ONCE));
}

function payloadOf({ owner, author = owner, refs, values, details }: DemoRecord, ids: ReadonlyMap<string, string>) {
  const idOf = (reference: string): string => {
    const id = ids.get(reference);
    if (id === undefined) throw new Error(`The demo data has no record ${reference}`);
    return id;
  };
  const found = (references: DemoRecord['refs']) =>
    Object.fromEntries(Object.entries(references).map(([property, reference]) => [property, idOf(reference)]));
  const isDated = values.created_on !== undefined && author !== null && author !== TEAM;
  return {
    ...{ ...values, ...found(refs) },
    ...(isDated ? { created_by_id: idOf(author), modified_by_id: idOf(author) } : {}),
    ...(details === undefined ? {} : { details: { ...details.values, ...found(details.refs) } }),
    ...(owner === null ? {} : { owner_id: idOf(owner) }),
  };
}
