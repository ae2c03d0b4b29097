// A part of the shipped model, in the form of a generated file: a client may know less than there is.
import type { Decimal, Int64, SchemaData } from '../packages/sdk/src/index.ts';

type Stage = 'prospecting' | 'review' | 'engaging' | 'proposal' | 'negotiation' | 'won' | 'lost';

interface Base {
  id: string;
  owner_id: string;
  created_on: string;
  modified_on: string;
  version: Int64;
}

interface Deal extends Base {
  name: string;
  number: string;
  stage: Stage;
  amount: Decimal | null;
  amount_currency: string;
  probability: Int64 | null;
  close_date: string | null;
  description: string | null;
  external_id: string | null;
  company_id: string | null;
  contact_id: string | null;
}

interface DealCreate {
  id?: string;
  name: string;
  stage?: Stage;
  amount?: Decimal | null;
  amount_currency?: string;
  probability?: Int64 | null;
  close_date?: string | null;
  description?: string | null;
  external_id?: string | null;
  company_id?: string | null;
  'company@odata.bind'?: string | null;
  'contact@odata.bind'?: string | null;
}

type Industry = string;

interface Company extends Base {
  name: string;
  industry: Industry | null;
  headcount: Int64 | null;
  external_id: string | null;
  parent_company_id: string | null;
  won_amount: Decimal;
}

interface CompanyCreate {
  id?: string;
  name: string;
  industry?: Industry | null;
  headcount?: Int64 | null;
  external_id?: string | null;
  parent_company_id?: string | null;
}

interface Contact extends Base {
  last_name: string;
  email: string | null;
  birth_date: string | null;
  do_not_call: boolean;
  external_id: string | null;
  company_id: string | null;
}

interface ContactCreate {
  id?: string;
  last_name: string;
  email?: string | null;
  birth_date?: string | null;
  do_not_call?: boolean;
  external_id?: string | null;
  company_id?: string | null;
  'company@odata.bind'?: string | null;
}

interface BaseKinds {
  id: 'guid';
  owner_id: 'guid';
  created_on: 'datetime';
  modified_on: 'datetime';
  version: 'int64';
}

interface Results {
  results: { status: number; id?: string; changed?: boolean }[];
}

interface RecordOperations<Read> {
  assign: { kind: 'action'; parameters: { owner_id: string }; returns: Read };
  restore: { kind: 'action'; parameters: object; returns: Read };
  explain_access: {
    kind: 'function';
    parameters: { principal_id?: string };
    returns: { entity: string; id?: string };
  };
  changes: { kind: 'function'; parameters: object; returns: { id: Int64; operation: string }; list: true };
}

interface SetOperations {
  assign: { kind: 'action'; parameters: { ids: string[]; owner_id: string; atomic?: boolean }; returns: Results };
}

export interface Schema {
  deals: {
    entity: 'deal';
    read: Deal;
    create: DealCreate;
    update: Partial<DealCreate>;
    keys: { external_id: { external_id: string }; number: { number: string } };
    navigations: {
      company: { set: 'companies'; many: false; nullable: true };
      contact: { set: 'contacts'; many: false; nullable: true };
    };
    kinds: BaseKinds & {
      name: 'string';
      number: 'string';
      stage: 'choice';
      amount: 'decimal';
      amount_currency: 'choice';
      probability: 'int64';
      close_date: 'date';
      description: 'long_text';
      external_id: 'string';
      company_id: 'guid';
      contact_id: 'guid';
    };
    operations: { record: RecordOperations<Deal>; collection: SetOperations };
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
      parent_company: { set: 'companies'; many: false; nullable: true };
    };
    kinds: BaseKinds & {
      name: 'string';
      industry: 'choice';
      headcount: 'int64';
      external_id: 'string';
      parent_company_id: 'guid';
      won_amount: 'decimal';
    };
    operations: { record: RecordOperations<Company>; collection: SetOperations };
  };
  contacts: {
    entity: 'contact';
    read: Contact;
    create: ContactCreate;
    update: Partial<ContactCreate>;
    keys: { external_id: { external_id: string } };
    navigations: {
      company: { set: 'companies'; many: false; nullable: true };
      deals: { set: 'deals'; many: true; nullable: false };
    };
    kinds: BaseKinds & {
      last_name: 'string';
      email: 'string';
      birth_date: 'date';
      do_not_call: 'boolean';
      external_id: 'string';
      company_id: 'guid';
    };
    operations: { record: RecordOperations<Contact>; collection: SetOperations };
  };
}

export interface Operations {
  security_events: { kind: 'function'; parameters: object; returns: { id: Int64; kind: string }; list: true };
  preview_role_change: { kind: 'action'; parameters: { roles?: object[] }; returns: { examined: number } };
}

const BASE = {
  id: 'guid',
  owner_id: 'guid',
  created_on: 'datetime',
  modified_on: 'datetime',
  version: 'int64',
} as const;

const OPERATIONS = {
  record: { assign: 'action', restore: 'action', explain_access: 'function', changes: 'list' },
  deleted_record: { redact: 'action' },
  collection: { assign: 'action' },
} as const;

export const schema: SchemaData<Schema, Operations> = {
  version: '*',
  sets: {
    deals: {
      entity: 'deal',
      kinds: {
        ...BASE,
        name: 'string',
        number: 'string',
        stage: 'choice',
        amount: 'decimal',
        amount_currency: 'choice',
        probability: 'int64',
        close_date: 'date',
        description: 'long_text',
        external_id: 'string',
        company_id: 'guid',
        contact_id: 'guid',
      },
      navigations: { company: ['companies', 'one'], contact: ['contacts', 'one'] },
      keys: { external_id: ['external_id'], number: ['number'] },
      operations: OPERATIONS,
    },
    companies: {
      entity: 'company',
      kinds: {
        ...BASE,
        name: 'string',
        industry: 'choice',
        headcount: 'int64',
        external_id: 'string',
        parent_company_id: 'guid',
        won_amount: 'decimal',
      },
      navigations: {
        contacts: ['contacts', 'many'],
        deals: ['deals', 'many'],
        parent_company: ['companies', 'one'],
      },
      keys: { external_id: ['external_id'] },
      operations: OPERATIONS,
    },
    contacts: {
      entity: 'contact',
      kinds: {
        ...BASE,
        last_name: 'string',
        email: 'string',
        birth_date: 'date',
        do_not_call: 'boolean',
        external_id: 'string',
        company_id: 'guid',
      },
      navigations: { company: ['companies', 'one'], deals: ['deals', 'many'] },
      keys: { external_id: ['external_id'] },
      operations: OPERATIONS,
    },
  },
  operations: { security_events: 'list', preview_role_change: 'action' },
};
