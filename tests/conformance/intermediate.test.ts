// OData 4.01 Part 1: Protocol, 13.1.2 "OData 4.0 Intermediate Conformance Level" and 13.2.2 "OData 4.01 Intermediate". Items that
// repeat those of another level are tested there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

const names = async (path: string): Promise<string[]> => {
  const { status, json, text } = await client.get(path);
  expect(status, `${path}: ${text}`).toBe(200);
  return json.value.map(({ name }: { name: string }) => name);
};

describe('13.1.2 OData 4.0 Intermediate', () => {
  test('(2) MUST parse the ABNF, and follow the specification or return 501 for what is not supported', async () => {
    for (const path of [
      '/companies?$index=1',
      '/companies?$filter=isof(name,Edm.String)',
      "/companies?$filter=matchesPattern(name,'^A')",
      '/companies/$each',
      '/companies/$query',
      '/$all',
      '/$crossjoin(companies,deals)',
    ])
      expect(failure(await client.get(path)), path).toEqual([501, 'not_supported']);
    expect(await names("/companies?$filter=(name%20eq%20'Acme')%20and%09(true)&$orderby=name%20asc")).toEqual(['Acme']);
  });

  test('(3) MUST support $select', async () => {
    const { json } = await client.get('/companies?$select=name,headcount&$orderby=name');
    expect(json.value[0]).toEqual({ '@odata.etag': 'W/"1"', name: 'Acme', headcount: 120 });
    const all = await client.get(`/companies(${sample.acme.id})?$select=*`);
    expect(all.json).toMatchObject({ name: 'Acme', headcount: 120, version: 1 });
  });

  test('(4) casting to derived types: the model has none, and a cast names no resource', async () => {
    expect((await client.get('/$metadata')).text).not.toContain('BaseType');
    expect((await client.get('/companies/kartoteka.nothing')).status).toBeGreaterThanOrEqual(400);
  });

  test('(5) MUST support $top', async () => {
    expect(await names('/companies?$orderby=name&$top=1')).toEqual(['Acme']);
    expect(await names('/companies?$top=0')).toEqual([]);
  });

  test('(6) MUST support /$value on individual properties', async () => {
    const { headers, text } = await client.get(`/companies(${sample.acme.id})/headcount/$value`);
    expect([headers.get('content-type'), text]).toEqual(['text/plain;charset=utf-8', '120']);
    expect((await client.get(`/companies(${sample.acme.id})/description/$value`)).status).toBe(204);
  });

  test('(7) MUST support $filter, (7.1) eq and ne on properties of the set', async () => {
    expect(await names("/companies?$filter=name eq 'Acme'")).toEqual(['Acme']);
    expect(await names("/companies?$filter=name ne 'Acme'")).toEqual(['Bolt']);
    expect(await names('/companies?$filter=industry eq null')).toEqual(['Bolt']);
  });

  test('(7.2) MUST support aliases in $filter', async () => {
    expect(await names("/companies?$filter=name eq @n or legal_name eq @n&@n='Acme'")).toEqual(['Acme']);
    expect(await names('/companies?$filter=headcount gt @least&@least=100')).toEqual(['Acme']);
    expect((await client.get('/companies?$filter=name eq @missing')).status).toBeLessThan(500);
  });

  test('(7.3) SHOULD support additional filter operations, and MUST fail the request for others', async () => {
    for (const filter of [
      'headcount gt 100',
      'headcount ge 120',
      'not (headcount lt 100)',
      'headcount add 5 eq 125',
      'headcount sub 20 eq 100',
      'headcount mul 2 eq 240',
      'headcount div 7 eq 17',
      'headcount mod 100 eq 20',
      '(headcount le 120 and headcount ge 120) or false',
      '-headcount eq -120',
    ])
      expect(await names(`/companies?$filter=(${filter}) and name eq 'Acme'`), filter).toEqual(['Acme']);
    expect((await client.get("/companies?$filter=name matches 'A'")).status).toBe(400);
  });

  test('(7.4) SHOULD support the canonical functions, and MUST fail the request for others', async () => {
    for (const filter of [
      "concat(name,'!') eq 'Acme!'",
      "contains(name,'cm')",
      "endswith(name,'me')",
      "indexof(name,'m') eq 2",
      'length(name) eq 4',
      "startswith(name,'Ac')",
      "substring(name,1,2) eq 'cm'",
      "tolower(name) eq 'acme'",
      "toupper(name) eq 'ACME'",
      "trim(name) eq 'Acme'",
      'year(created_on) gt 2000',
      'month(created_on) ge 1',
      'day(created_on) ge 1',
      'hour(created_on) ge 0',
      'minute(created_on) ge 0',
      'second(created_on) ge 0',
      'fractionalseconds(created_on) ge 0',
      'created_on le now()',
      'created_on gt mindatetime() and created_on lt maxdatetime()',
      'date(created_on) gt 2000-01-01',
      'totaloffsetminutes(created_on) eq 0',
      'round(headcount div 7) eq 17',
      'floor(headcount divby 7) eq 17',
      'ceiling(headcount divby 7) eq 18',
    ])
      expect(await names(`/companies?$filter=${filter} and name eq 'Acme'`), filter).toEqual(['Acme']);
    for (const unknown of ["soundex(name) eq 'A250'", 'geo.length(name) gt 1'])
      expect([400, 501], unknown).toContain((await client.get(`/companies?$filter=${unknown}`)).status);
  });

  test('(7.5) SHOULD support $filter on expanded entities', async () => {
    const { json } = await client.get(
      `/companies(${sample.acme.id})?$expand=deals($filter=amount gt 100;$select=name)`,
    );
    expect(json.deals).toMatchObject([{ name: 'Roof' }]);
  });

  test('(10) SHOULD consider supporting basic authentication', async () => {
    const { id } = await client.create('users', {
      full_name: 'Program',
      email: 'program@example.com',
      service_principal: true,
      owning_business_unit_id: (await client.get('/business_units?$top=1')).json.value[0].id,
    });
    await client.create('role_assignments', { user_id: id, role: 'sales_representative' });
    const { key } = (
      await client.send('POST', `${client.service.address}/auth/users/${id}/keys`, { body: { name: 'test' } })
    ).json;
    const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${key}`).toString('base64')}` });
    expect((await client.get('/companies', basic('program@example.com'))).status).toBe(200);
    const wrong = await client.get('/companies', {
      authorization: `Basic ${Buffer.from('program@example.com:x').toString('base64')}`,
    });
    expect(wrong.status).toBe(401);
  });

  test('(11) SHOULD support $search', async () => {
    expect(await names('/companies?$search=acm')).toEqual(['Acme']);
    expect(await names('/companies?$search=NOT acm')).toEqual(['Bolt']);
    expect((await names('/companies?$search=acme OR bolt')).sort()).toEqual(['Acme', 'Bolt']);
    expect(await names('/companies?$search="acme" AND bolt')).toEqual([]);
  });

  test('(12) SHOULD support $skip', async () => {
    expect(await names('/companies?$orderby=name&$skip=1')).toEqual(['Bolt']);
  });

  test('(13) SHOULD support $count, which counts what no page bounds', async () => {
    const { json } = await client.get('/companies?$count=true&$top=1&$skip=1');
    expect([json['@odata.count'], json.value.length]).toEqual([2, 1]);
    expect((await client.get('/companies?$count=false')).json).not.toHaveProperty(['@odata.count']);
  });

  test('(14) SHOULD support $expand', async () => {
    const { json } = await client.get(`/deals(${sample.roof.id})?$expand=company($expand=contacts($select=last_name))`);
    expect(json.company).toMatchObject({ name: 'Acme', contacts: [{ last_name: 'Smith' }] });
  });

  test('(15) SHOULD support any and all on navigation- and collection-valued properties', async () => {
    expect(await names("/companies?$filter=deals/any(d:d/name eq 'Roof' and d/amount gt 100)")).toEqual(['Acme']);
    expect(await names('/companies?$filter=deals/any() and deals/all(d:d/amount gt 10)')).toEqual(['Acme']);
    expect(await names('/companies?$filter=not deals/any()')).toEqual(['Bolt']);
    expect((await client.get("/contacts/$count?$filter=company/deals/any(d:d/name eq 'Pens')")).text).toBe('1');
    expect((await client.get("/users/$count?$filter=notifications/any(n:n eq 'x')")).status).toBe(400);
  });

  test('(16) SHOULD support /$count on navigation and collection properties', async () => {
    expect((await client.get(`/companies(${sample.acme.id})/deals/$count`)).text).toBe('2');
    expect(await names('/companies?$filter=deals/$count eq 2')).toEqual(['Acme']);
    expect(await names('/companies?$orderby=deals/$count desc')).toEqual(['Acme', 'Bolt']);
  });

  test('(17) SHOULD support $orderby asc and desc', async () => {
    expect(await names('/companies?$orderby=name desc')).toEqual(['Bolt', 'Acme']);
    expect(await names('/companies?$orderby=headcount asc,name desc')).toEqual(['Bolt', 'Acme']);
    expect(await names('/deals?$orderby=company/name,amount asc')).toEqual(['Pens', 'Roof']);
  });
});

describe('13.2.2 OData 4.01 Intermediate', () => {
  test('(3) MUST support eq and ne null for single-valued navigation properties', async () => {
    expect((await client.get('/companies/$count?$filter=parent_company eq null')).text).toBe('2');
    expect((await client.get('/contacts/$count?$filter=null ne company')).text).toBe('2');
    expect((await client.get('/contacts/$count?$filter=company/parent_company eq null')).text).toBe('2');
    expect((await client.get('/companies/$count?$filter=contacts/any(c:c/company ne null)')).text).not.toBe('0');
    expect(failure(await client.get('/companies?$filter=contacts eq null'))[0]).toBe(400);
    expect(failure(await client.get("/companies?$filter=parent_company eq 'x'"))[0]).toBe(400);
    expect((await client.get('/companies/$count?$filter=parent_company_id eq null')).text).toBe('2');
    expect((await client.get('/contacts/$count?$filter=company_id ne null')).text).toBe('2');
  });

  test('(4) MUST support in', async () => {
    expect(await names("/companies?$filter=name in ('Bolt')")).toEqual(['Bolt']);
    expect(await names("/companies?$filter=not (name in ('Bolt','X'))")).toEqual(['Acme']);
  });

  test('(5) MUST support $select nested within $select: nothing in the model has parts, so it names no property', async () => {
    // No property has a complex type: the parts of an address are properties of the record.
    const { company } = (await client.get('/$metadata?$format=json')).json.kartoteka;
    const structured = Object.values<{ $Kind?: string; $Type?: string }>(company).filter(
      ({ $Kind, $Type }) => $Kind === undefined && $Type?.startsWith('kartoteka.'),
    );
    expect(structured).toEqual([]);
    expect((await client.get('/companies?$select=name($select=x)')).status).toBe(400);
  });

  test('(6) SHOULD support the count of a filtered collection in a common expression', async () => {
    expect(await names('/companies?$filter=deals/$count($filter=amount lt 100) eq 1')).toEqual(['Acme']);
  });

  test('(8) SHOULD support $compute', async () => {
    const { json, status, text } = await client.get(
      '/deals?$compute=amount mul 2 as twice&$filter=twice gt 100&$select=name,twice&$orderby=twice',
    );
    expect(status, text).toBe(200);
    expect(json.value).toMatchObject([{ name: 'Roof', twice: 1801 }]);
  });

  test('(11) MAY support a /$filter path segment: it answers 501', async () => {
    expect(failure(await client.get("/companies/$filter(name eq 'Acme')"))).toEqual([501, 'not_supported']);
  });
});
