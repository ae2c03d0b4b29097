// OData 4.01 Part 1: Protocol, 13.2.1 "OData 4.01 Minimal Conformance Level", items 1 to 17. Item 3 is about asynchronous requests,
// which the service does not have.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createSample, failure, type Sample, startClient } from './kit.ts';

const V401 = { 'OData-MaxVersion': '4.01' };

let client: Client;
let sample: Sample;
beforeAll(async () => {
  client = await startClient();
  sample = await createSample(client);
});
afterAll(() => client.stop());

const names = async (query: string, headers: Record<string, string> = {}): Promise<string[]> => {
  const { status, json, text } = await client.get(`/companies?${query}`, headers);
  expect(status, `${query}: ${text}`).toBe(200);
  return json.value.map(({ name }: { name: string }) => name);
};

describe('13.2.1 OData 4.01 Minimal', () => {
  test('(2) MUST be compliant with version 4.01 of the JSON format', async () => {
    const { headers, json } = await client.get(`/companies(${sample.acme.id})`, V401);
    expect(headers.get('odata-version')).toBe('4.01');
    const context = json['@odata.context'] ?? json['@context'];
    expect(context).toBe(`${client.root}/$metadata#companies/$entity`);
    // Requests may leave out the prefix of control information (4.5).
    for (const body of [
      { last_name: 'A', company: { '@id': `companies(${sample.acme.id})` } },
      { last_name: 'B', company: { '@odata.id': `companies(${sample.acme.id})` } },
      { last_name: 'C', 'company@bind': `companies(${sample.acme.id})` },
      { last_name: 'D', 'company@odata.bind': `companies(${sample.acme.id})` },
    ])
      expect((await client.create('contacts', body)).company_id).toBe(sample.acme.id);
  });

  test('(4) MUST support both prefixed and non-prefixed variants of headers and preference values', async () => {
    for (const prefer of ['maxpagesize=1', 'odata.maxpagesize=1', 'MaxPageSize=1', 'return=minimal, maxpagesize="1"']) {
      const { json, headers } = await client.get('/companies', { prefer });
      expect(json.value, prefer).toHaveLength(1);
      expect(headers.get('preference-applied'), prefer).toContain('maxpagesize=1');
    }
    for (const prefer of ['include-annotations="*"', 'odata.include-annotations="*"']) {
      const { json } = await client.get(`/companies(${sample.acme.id})`, { prefer });
      expect(json['industry@OData.Community.Display.V1.FormattedValue'], prefer).toBe('Retail');
    }
    const batch = {
      requests: [
        { id: '1', method: 'GET', url: 'nothing' },
        { id: '2', method: 'GET', url: 'companies' },
      ],
    };
    for (const prefer of ['continue-on-error', 'odata.continue-on-error']) {
      const { json } = await client.send('POST', '/$batch', { body: batch, headers: { prefer } });
      expect(json.responses, prefer).toHaveLength(2);
    }
    // A header that asks for what cannot be promised fails under both of its names.
    for (const name of ['isolation', 'odata-isolation'])
      expect(failure(await client.get('/companies', { [name]: 'snapshot' })), name).toEqual([
        412,
        'isolation_not_supported',
      ]);
  });

  test('(5) MUST reject an incompatible $schemaversion, if the metadata has a version', async () => {
    const { text } = await client.get('/$metadata');
    const [, version] = /<Annotation Term="Core.SchemaVersion" String="([\w.~-]+)"\/>/.exec(text ?? '') ?? [];
    for (const fitting of [version, '*']) {
      expect((await client.get(`/companies?$schemaversion=${fitting}`)).status, fitting).toBe(200);
      expect((await client.get(`/$metadata?$schemaversion=${fitting}`)).status, fitting).toBe(200);
    }
    // Where there is no such version (11.2.12); what a publish does to versions that there were: schema-version.test.ts.
    for (const path of ['/companies', '/$metadata'])
      expect(failure(await client.get(`${path}?$schemaversion=1`)), path).toEqual([404, 'unknown_schema_version']);
  });

  test('(6), (7) MUST support query options with or without $, and names of options, operators and functions in any case', async () => {
    for (const query of [
      "$filter=name eq 'Acme'&$select=name",
      "filter=name eq 'Acme'&select=name",
      "$Filter=name EQ 'Acme'&$SELECT=name",
      "FILTER=STARTSWITH(name,'Ac')&select=name",
      "$filter=Contains(name,'cm') Eq true",
      "$filter=NOT (ToLower(name) eq 'bolt')",
      "$filter=name IN ('Acme')",
    ])
      expect(await names(query), query).toEqual(['Acme']);
    expect(await names('orderby=name DESC&TOP=1&skip=0&Count=true')).toEqual(['Bolt']);
    expect((await client.get('/companies?EXPAND=deals(SELECT=name;ORDERBY=name Desc;TOP=1)')).status).toBe(200);
  });

  test('(8) MUST return identifiers in the case of $metadata', async () => {
    const { company } = (await client.get('/$metadata?$format=json')).json.kartoteka;
    const declared = new Set(Object.keys(company));
    const { json } = await client.get(`/companies(${sample.acme.id})`);
    for (const name of Object.keys(json).filter((name) => !name.includes('@'))) expect(declared, name).toContain(name);
  });

  test('(9) MUST support 4.0 and 4.01 syntax in URLs whatever OData-MaxVersion says', async () => {
    for (const headers of [{}, { 'OData-MaxVersion': '4.0' }, V401]) {
      expect(await names("filter=name in ('Acme')", headers)).toEqual(['Acme']);
      expect(await names("$filter=name eq 'Acme'", headers)).toEqual(['Acme']);
    }
  });

  test('(9.1) MUST support casting strings to primitive types in URLs', async () => {
    expect(await names(`$filter=id eq '${sample.acme.id}'`)).toEqual(['Acme']);
    expect((await client.get(`/companies('${sample.acme.id}')`)).status).toBe(200);
    for (const filter of [
      "headcount eq '120'",
      "'119.5' lt headcount add 0.0",
      "created_on gt '2020-01-01T00:00:00Z' and created_on lt '9999-12-31T00:00:00%2B02:00' and name eq 'Acme'",
      "headcount in ('120','9')",
      "startswith(name,'A') eq 'true'",
      "deals/any(d:d/close_date eq '2027-01-31')",
      "headcount eq cast('120',Edm.Int64)",
      "deals/any(d:d/close_date eq cast('2027-01-31',Edm.Date) and d/amount gt cast('900.49',Edm.Decimal))",
    ])
      expect(await names(`$filter=${filter}`), filter).toEqual(['Acme']);
    // Of one shape with what was asked before, and no number.
    for (const text of ['many', '12.5', '1e3', '', "''; select 1", '9223372036854775808'])
      expect(failure(await client.get(`/companies?$filter=headcount eq '${text}'`)), text).toEqual([
        400,
        'invalid_expression',
      ]);
    expect(failure(await client.get("/deals?$filter=close_date eq '2027-02-30'"))).toEqual([400, 'invalid_expression']);
    expect(failure(await client.get("/companies?$filter=cast(headcount,Edm.String) eq '120'"))).toEqual([
      501,
      'not_supported',
    ]);
  });

  test('(9.2) MUST support duration literals with or without the type prefix', async () => {
    await client.create('events', {
      kind: 'call',
      direction: 'outgoing',
      text: 'Called',
      duration: 'PT15M',
      regarding_id: sample.roof.id,
      regarding_type: 'deal',
    });
    for (const literal of ["duration'PT15M'", "'PT15M'", "'PT900S'"])
      expect((await client.get(`/events/$count?$filter=duration eq ${literal}`)).text, literal).toBe('1');
  });

  test('(9.3) MUST support invoking parameter-less functions with or without parentheses', async () => {
    for (const call of ['explain_access', 'explain_access()'])
      expect((await client.get(`/deals(${sample.roof.id})/${call}`)).status, call).toBe(200);
  });

  test('(9.4) MUST support an empty object or no content as the body of an action without parameters', async () => {
    for (const body of [{}, undefined]) {
      const { id } = await client.create('companies', { name: 'Bin' });
      await client.send('DELETE', `/companies(${id})`);
      const answer = await client.send('POST', `/companies(${id})/restore`, body === undefined ? {} : { body });
      expect(answer.status, `${JSON.stringify(body)} ${answer.text}`).toBe(204);
    }
  });

  test('(9.5) MUST support functions and actions with or without the namespace', async () => {
    for (const name of ['explain_access', 'kartoteka.explain_access'])
      expect((await client.get(`/deals(${sample.roof.id})/${name}`)).status, name).toBe(200);
    const { id } = await client.create('companies', { name: 'Bin' });
    await client.send('DELETE', `/companies(${id})`);
    expect((await client.send('POST', `/companies(${id})/kartoteka.restore`)).status).toBe(204);
  });

  test('(9.6) MUST support parameter aliases for key values and function parameter values', async () => {
    const { id } = sample.acme;
    const { id: contact } = sample.anna;
    for (const path of [
      `/companies(@id)?@id=${id}`,
      `/companies(id=@id)?@id='${id}'`,
      `/companies(%40id)?%40id=${id}`,
      "/companies(external_id=@key)?@key='A-1'",
      `/contacts(@c)/company?@c=${contact}&$select=name`,
      `/companies(@id)/contacts(@c)/company?@id=${id}&@c=${contact}`,
      `/companies(@id)?$compute=case(id eq @id:name) as same&@id=${id}`,
    ])
      expect((await client.get(path)).json?.name, path).toBe('Acme');
    const { json } = await client.get(
      `/deals(@id)/explain_access(principal_id=@who)?@id=${sample.roof.id}&@who=${contact}`,
    );
    expect(json.error).toMatchObject({ target: 'principal_id' });
    // What a path cannot hold: a slash, which ends a segment.
    await client.create('companies', { name: 'Slash', external_id: "a/b'@c,d" });
    expect((await client.get("/companies(external_id=@key)?@key='a/b''@c,d'")).json?.name).toBe('Slash');
    expect((await client.get("/companies(external_id='a%2Fb''@c,d')")).json?.name).toBe('Slash');
    const batch = {
      requests: [
        {
          id: '1',
          atomicityGroup: 'g',
          method: 'PATCH',
          url: "companies(external_id=@k)?@k='A-1'",
          body: { headcount: 120 },
        },
        { id: '2', method: 'GET', url: '$1/name' },
      ],
    };
    const { json: answered } = await client.send('POST', '/$batch', { body: batch });
    expect(answered.responses.map(({ status }: { status: number }) => status)).toEqual([204, 200]);
  });

  test('(9.6) an alias without a value is null, which no key is; a value that is none is refused', async () => {
    const { id } = sample.acme;
    for (const [path, code] of [
      ['/companies(@id)', 'invalid_key'],
      ['/companies(@id)?@id=name', 'invalid_key'],
      [`/companies(@id)?@id=${id}&@id=${id}`, 'duplicate_option'],
      [`/companies(@id)?@id=${id}&@other=1`, 'invalid_option'],
      ['/companies(@id)?@id=)', 'invalid_option'],
      [`/companies/@id?@id=${id}`, 'invalid_key'],
    ] as const)
      expect(failure(await client.get(path)), path).toEqual([400, code]);
  });

  test('(9.7) SHOULD support implicit aliasing of parameters', async () => {
    const { json } = await client.get(`/deals(${sample.roof.id})/explain_access?principal_id=${sample.anna.id}`);
    expect(json.error).toMatchObject({ target: 'principal_id' });
  });

  test('(9.8) SHOULD support eq and ne null for single-valued navigation properties', async () => {
    expect((await client.get('/deals/$count?$filter=company ne null')).text).toBe('2');
    expect((await client.get('/deals/$count?$filter=company eq null')).text).toBe('0');
    expect((await client.get('/deals/$count?$filter=company_id ne null')).text).toBe('2');
  });

  test('(9.9), (9.10) SHOULD support in and divby', async () => {
    expect(await names("$filter=name in ('Acme','Nobody')")).toEqual(['Acme']);
    expect(await names('$filter=headcount divby 1000 eq 0.12')).toEqual(['Acme']);
  });

  test('(9.11) SHOULD support negative indexes for the substring function', async () => {
    expect(await names("$filter=substring(name,-2) eq 'me'")).toEqual(['Acme']);
    expect(await names("$filter=substring(name,-3,2) eq 'cm'")).toEqual(['Acme']);
    expect(await names("$filter=substring(name,-9,2) eq 'Bo'")).toEqual(['Bolt']);
    expect(await names("$filter=substring(name,length(name) mul -1 add 1) eq 'cme'")).toEqual(['Acme']);
  });

  test('(9.12) keys as segments beside the canonical form', async () => {
    for (const path of [`/companies/${sample.acme.id}`, `/companies(${sample.acme.id})`])
      expect((await client.get(path)).json.name, path).toBe('Acme');
  });

  test('(9.13) MAY support the count of a filtered collection in a common expression', async () => {
    expect(await names("$filter=deals/$count($filter=name eq 'Roof') eq 1")).toEqual(['Acme']);
  });

  test('(10) SHOULD publish metadata as both XML and JSON', async () => {
    for (const format of ['xml', 'json']) expect((await client.get(`/$metadata?$format=${format}`)).status).toBe(200);
  });

  test('(11) SHOULD NOT have identifiers that differ only by case', async () => {
    const { kartoteka } = (await client.get('/$metadata?$format=json')).json;
    for (const element of [kartoteka, ...Object.values<object>(kartoteka)]) {
      const names = Object.keys(element).filter((name) => /^[^$@]/.test(name));
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    }
  });

  test('(12), (13) SHOULD return Core.ODataVersions and report capabilities', async () => {
    const { Container } = (await client.get('/$metadata?$format=json')).json.kartoteka;
    expect(Container['@Core.ODataVersions']).toBe('4.0 4.01');
    expect(Container.companies['@Capabilities.FilterRestrictions'].Filterable).toBe(true);
  });

  test('(17) MAY answer as 4.01 without OData-MaxVersion: it answers as 4.0, which every client accepts', async () => {
    const { headers, json } = await client.get('/companies');
    expect([headers.get('odata-version'), '@odata.context' in json]).toEqual(['4.0', true]);
  });
});
