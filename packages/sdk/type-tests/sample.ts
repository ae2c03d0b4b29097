// A small schema by hand, in the form of a generated file.
import type { Decimal, Int64, SchemaData } from '../src/index.ts';

export type Stage = 'prospecting' | 'proposal' | 'won' | 'lost';
export type Industry = 'retail' | 'finance';
export type Tag = 'vip' | 'partner';

export interface Deal {
  id: string;
  name: string;
  stage: Stage;
  amount: Decimal | null;
  probability: Int64 | null;
  close_date: string | null;
  created_on: string;
  stay: string | null;
  active: boolean;
  description: string | null;
  details: unknown;
  tags: Tag[];
  company_id: string | null;
  owner_id: string;
  version: Int64;
}

export interface DealCreate {
  name: string;
  stage?: Stage;
  amount?: Decimal | null;
  probability?: Int64 | null;
  close_date?: string | null;
  active?: boolean;
  description?: string | null;
  tags?: Tag[];
  company_id?: string | null;
  'company@odata.bind'?: string | null;
}

export type DealUpdate = Partial<DealCreate>;

export interface Company {
  id: string;
  name: string;
  industry: Industry | null;
  headcount: Int64 | null;
  external_id: string | null;
}

export interface CompanyCreate {
  name: string;
  industry?: Industry | null;
  headcount?: Int64 | null;
  external_id?: string | null;
}

export interface Contact {
  id: string;
  last_name: string;
  company_id: string | null;
}

export interface ContactCreate {
  last_name: string;
  company_id?: string | null;
  'company@odata.bind'?: string | null;
}

export interface Schema {
  deals: {
    entity: 'deal';
    read: Deal;
    create: DealCreate;
    update: DealUpdate;
    keys: object;
    navigations: {
      company: { set: 'companies'; many: false; nullable: true };
      contacts: { set: 'contacts'; many: true; nullable: false };
    };
    kinds: {
      id: 'guid';
      name: 'string';
      stage: 'choice';
      amount: 'decimal';
      probability: 'int64';
      close_date: 'date';
      created_on: 'datetime';
      stay: 'duration';
      active: 'boolean';
      description: 'long_text';
      details: 'json';
      tags: 'choices';
      company_id: 'guid';
      owner_id: 'guid';
      version: 'int64';
    };
    operations: {
      record: {
        assign: { kind: 'action'; parameters: { owner_id: string }; returns: Deal };
        changes: { kind: 'function'; parameters: object; returns: { id: Int64; operation: string }; list: true };
      };
      collection: {
        assign: {
          kind: 'action';
          parameters: { ids: string[]; owner_id: string; atomic?: boolean };
          returns: { results: { status: number; id?: string }[] };
        };
      };
    };
  };
  companies: {
    entity: 'company';
    read: Company;
    create: CompanyCreate;
    update: Partial<CompanyCreate>;
    keys: { external_id: { external_id: string } };
    navigations: {
      contacts: { set: 'contacts'; many: true; nullable: false };
      deals: { set: 'deals'; many: true; nullable: false };
      parent: { set: 'companies'; many: false; nullable: true };
    };
    kinds: { id: 'guid'; name: 'string'; industry: 'choice'; headcount: 'int64'; external_id: 'string' };
    operations: object;
  };
  contacts: {
    entity: 'contact';
    read: Contact;
    create: ContactCreate;
    update: Partial<ContactCreate>;
    keys: object;
    navigations: { company: { set: 'companies'; many: false; nullable: true } };
    kinds: { id: 'guid'; last_name: 'string'; company_id: 'guid' };
    operations: object;
  };
}

export interface Operations {
  preview_role_change: { kind: 'action'; parameters: { entities?: string[] }; returns: { examined: number } };
}

export const schema: SchemaData<Schema, Operations> = {
  version: '1',
  sets: {
    deals: {
      entity: 'deal',
      kinds: {
        id: 'guid',
        name: 'string',
        stage: 'choice',
        amount: 'decimal',
        probability: 'int64',
        close_date: 'date',
        created_on: 'datetime',
        stay: 'duration',
        active: 'boolean',
        description: 'long_text',
        details: 'json',
        tags: 'choices',
        company_id: 'guid',
        owner_id: 'guid',
        version: 'int64',
      },
      navigations: { company: ['companies', 'one'], contacts: ['contacts', 'many'] },
      keys: {},
      operations: { record: { assign: 'action', changes: 'list' }, collection: { assign: 'action' } },
    },
    companies: {
      entity: 'company',
      kinds: { id: 'guid', name: 'string', industry: 'choice', headcount: 'int64', external_id: 'string' },
      navigations: { contacts: ['contacts', 'many'], deals: ['deals', 'many'], parent: ['companies', 'one'] },
      keys: { external_id: ['external_id'] },
      operations: {},
    },
    contacts: {
      entity: 'contact',
      kinds: { id: 'guid', last_name: 'string', company_id: 'guid' },
      navigations: { company: ['companies', 'one'] },
      keys: {},
      operations: {},
    },
  },
  operations: { preview_role_change: 'action' },
};
