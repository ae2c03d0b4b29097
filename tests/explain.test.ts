// explain_access with the roles that ship, through the engine as the service drives it: what is granted and why, what would be
// enough, and what it keeps to itself.
import type { Principal } from '@kartoteka/platform';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type Crm, startCrm } from './crm-kit.ts';

let crm: Crm;
let north: string;
let city: string;
let anna: Principal;
let ben: Principal;
let boss: Principal;
let teamId: string;
const ids: Record<string, string> = {};

beforeAll(async () => {
  crm = await startCrm();
  north = (await crm.create('business_units', { name: 'North', parent_id: crm.rootUnitId })).id;
  city = (await crm.create('business_units', { name: 'City', parent_id: north })).id;
  anna = await crm.user('Anna', ['sales_representative'], north);
  ben = await crm.user('Ben', ['sales_representative'], city);
  boss = await crm.user('Boss', ['sales_manager'], north);
  teamId = (await crm.create('teams', { name: 'Key accounts', owning_business_unit_id: city })).id;
  ids.company = (await crm.create('companies', { name: 'Acme' }, anna)).id;
  const companyOfBen = (await crm.create('companies', { name: 'Bolt' }, ben)).id;
  ids.deal = (await crm.create('deals', { name: 'Deal of Anna', company_id: ids.company }, anna)).id;
  ids.other = (await crm.create('deals', { name: 'Deal of Ben', company_id: companyOfBen }, ben)).id;
}, 60_000);
afterAll(() => crm?.close());

function explain(principal: Principal, record: string, principalId?: string): Promise<Answer> {
  return crm.call(principal, 'GET', `/${record}/explain_access${principalId === undefined ? '' : `?principal_id=${principalId}`}`);
}

describe('of a record', () => {
  test('proves what is granted by role, holder, depth and owner', async () => {
    const { status, json } = await explain(anna, `deals(${ids.deal})`);
    console.log(JSON.stringify(json, null, 1));
    expect(status).toBe(200);
    console.log(JSON.stringify((await explain(boss, `deals(${ids.other})`)).json.privileges.write));
    console.log(JSON.stringify((await explain(crm.admin, `deals(${ids.other})`, anna.id)).json.privileges.read));
    console.log(JSON.stringify((await explain(crm.admin, `deals(${ids.other})`, teamId)).json.privileges.read));
    console.log((await explain(anna, `deals(${ids.other})`)), await explain(anna, `deals(${ids.deal})`, ben.id));
    console.log(JSON.stringify((await explain(ben, 'companies')).json));
    expect(teamId).toBeTruthy();
  });
});
