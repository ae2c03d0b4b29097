// The OpenAPI document as the service answers it passes the linters that people check such documents with, whoever asks: for the
// administrator, for a sales representative, and for one who may do next to nothing.
import { createTestDatabase, type TestDatabase } from '@kartoteka/platform/test-kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADMIN, signIn } from '../../packages/service/src/testing/test-service.ts';
import '../../tests/crm-kit.ts';
import { type ServiceProcess, send, startServiceProcess } from '../../tests/service-process.ts';
import { type Problems, redocly, spectralOas } from './lint.ts';

let database: TestDatabase;
let service: ServiceProcess;
let admin: string;

beforeAll(async () => {
  database = await createTestDatabase({ template: 'crm' });
  service = await startServiceProcess(database.url);
  ({ access_token: admin } = await signIn(service.address, ADMIN.email, ADMIN.password));
});
afterAll(async () => {
  await service?.stop();
  await database?.drop();
});

/** The document as a new user with these roles gets it. */
async function documentOf(name: string, roles: readonly string[]): Promise<string> {
  const [email, password] = [`${name}@example.com`, `a long password of ${name}`];
  const { json: unit } = await send(service.address, admin, 'GET', 'business_units?$top=1&$select=id');
  const [{ id: owning_business_unit_id }] = unit.value as [{ id: string }];
  const person = { full_name: name, email, owning_business_unit_id };
  const { json: user } = await send(service.address, admin, 'POST', 'users', person);
  for (const role of roles) {
    const assigned = await send(service.address, admin, 'POST', 'role_assignments', { user_id: user.id, role });
    expect(assigned.status).toBe(201);
  }
  const set = await fetch(`${service.address}/auth/users/${user.id}/password`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password }),
  });
  expect(set.status).toBe(204);
  return documentFor((await signIn(service.address, email, password)).access_token);
}

async function documentFor(token: string): Promise<string> {
  const { status, text } = await send(service.address, token, 'GET', 'openapi.json');
  expect(status).toBe(200);
  return text;
}

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is JSON of any shape
type Json = any;

const pathsOf = (document: string): number => Object.keys(JSON.parse(document).paths).length;

test('the administrator gets a document without a complaint', async () => {
  const document = await documentFor(admin);
  expect(pathsOf(document)).toBeGreaterThan(500);
  expect(await redocly(document)).toEqual([]);
  expect(await spectralOas(document)).toEqual([]);
});

test('a sales representative gets another one, without a complaint', async () => {
  const document = await documentOf('rita', ['sales_representative']);
  expect(pathsOf(document)).toBeGreaterThan(100);
  expect(pathsOf(document)).toBeLessThan(pathsOf(await documentFor(admin)));
  expect(await redocly(document)).toEqual([]);
  expect(await spectralOas(document)).toEqual([]);
});

describe('a user without roles', () => {
  let document: string;
  beforeAll(async () => {
    document = await documentOf('norman', []);
  });

  test('gets a document without a complaint', async () => {
    expect(await redocly(document)).toEqual([]);
    expect(await spectralOas(document)).toEqual([]);
  });

  /** What is broken -> how, and the rules of either linter that say so. */
  const BROKEN: Record<string, [(document: Json) => void, redocly: string | null, spectral: string]> = {
    'an operation without a description': [
      ({ paths }) => delete first(paths).get.description,
      null,
      'operation-description',
    ],
    'an answer that leads nowhere': [
      ({ paths }) => Object.assign(first(paths).get.responses, { 200: { $ref: '#/components/responses/none' } }),
      'no-unresolved-refs',
      'invalid-ref',
    ],
    'a component that nothing refers to': [
      ({ components }) => Object.assign(components.schemas, { lonely: { type: 'string' } }),
      'no-unused-components',
      'oas3-unused-component',
    ],
    'an example that its schema refuses': [
      ({ components }) => Object.assign(first(components.schemas), { type: 'integer', example: 'no number' }),
      'no-invalid-schema-examples',
      'oas3-valid-schema-example',
    ],
    'a shared parameter of the path that the path does not have': [
      ({ paths, components }) => {
        const lost = { name: 'lost', in: 'path', required: true, description: 'Lost', schema: { type: 'string' } };
        components.parameters.lost = lost;
        first(paths).get.parameters.push({ $ref: '#/components/parameters/lost' });
      },
      'path-parameters-defined',
      'path-params',
    ],
    'a member that OpenAPI does not have': [
      ({ paths }) => Object.assign(first(paths).get, { unheard: 1 }),
      'struct',
      'oas3-schema',
    ],
    'two operations of one id': [
      ({ paths }) => {
        const [one, two] = Object.values<Json>(paths).filter(({ get }) => get !== undefined);
        two.get.operationId = one.get.operationId;
      },
      'operation-operationId-unique',
      'operation-operationId-unique',
    ],
  };

  test.each(Object.entries(BROKEN))('%s would be reported', async (_, [breakIt, byRedocly, bySpectral]) => {
    const broken = JSON.parse(document);
    breakIt(broken);
    const text = JSON.stringify(broken);
    if (byRedocly !== null) expect(rules(await redocly(text))).toContain(byRedocly);
    expect(rules(await spectralOas(text))).toContain(bySpectral);
  });
});

const first = (pieces: Json): Json =>
  Object.values<Json>(pieces).find((piece) => piece.get !== undefined) ?? Object.values(pieces)[0];

const rules = (problems: Problems): string[] => problems.map((problem) => problem.replace(/ .*/s, ''));
