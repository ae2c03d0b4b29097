// The client: one object for one CRM and one who asks. It puts the parts together and does nothing itself.
import { runBatch } from './batch.ts';
import type { Client } from './client-types.ts';
import { type AnyRecord, operationPlan, type Precondition } from './plans.ts';
import { type PageOptions, Query } from './query.ts';
import { Records, sendPlan } from './record-set.ts';
import type { CrmSchema, SchemaData } from './schema.ts';
import { type ClientOptions, Transport, type WriteOptions } from './transport.ts';

/**
 * A client of the CRM that `schema` (of a generated file) describes. It sends nothing yet.
 * Throws TypeError for an address that is none.
 */
export function createClient<S extends CrmSchema<S>, O = object>(
  options: ClientOptions & { readonly schema: SchemaData<S, O> },
): Client<S, O> {
  const { schema } = options;
  const hasJson = Object.values(schema.sets).some(({ kinds }) => Object.values(kinds).includes('json'));
  const transport = new Transport(options, schema.version, hasJson);
  const sets = new Map<string, Records>();
  const set = (name: string): Records => {
    const known = sets.get(name) ?? new Records(transport, schema, name);
    sets.set(name, known);
    return known;
  };
  const members = {
    set,
    batch: (build: never, more = {}) => runBatch(transport, schema, build, more),
    action(name: string, parameters: AnyRecord = {}, more: Precondition & WriteOptions = {}): unknown {
      const plan = operationPlan<unknown>(schema.operations, '', name, parameters, more);
      return plan.kind === 'list' ? new Query(transport, plan.path, more) : sendPlan(transport, plan, more);
    },
    follow: (link: string, more: PageOptions = {}) => new Query(transport, transport.pathOf(link), more),
    signOut: () => transport.signOut(),
  };
  const client = {};
  for (const name of Object.keys(schema.sets)) {
    Object.defineProperty(client, name, { get: () => set(name), enumerable: true, configurable: true });
  }
  Object.defineProperties(client, Object.getOwnPropertyDescriptors(members));
  return client as Client<S, O>;
}
