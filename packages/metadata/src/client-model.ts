// What the web application is told of the Model: everything in it is what one person may see (GET /api/v1/client-model). Types only.
import type { Form, View } from './model-presentation.ts';

/** Text by language; all languages travel, so that switching asks nobody. */
export type Text = Readonly<Record<string, string>>;

export interface ClientModel {
  readonly revision: number;
  readonly hash: string;
  readonly languages: readonly string[];
  readonly organization: Readonly<Record<string, unknown>>;
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly language?: string;
    readonly business_unit?: string;
  };
  readonly capabilities: readonly string[];
  readonly entities: Readonly<Record<string, ClientEntity>>;
  readonly choices: Readonly<Record<string, ClientChoice>>;
}

export type ClientPrivilege = 'create' | 'read' | 'write' | 'delete' | 'append' | 'append_to' | 'assign' | 'share';

export interface ClientEntity {
  readonly name: string;
  readonly set: string;
  readonly label: Text;
  readonly plural_label: Text;
  readonly description?: Text;
  readonly icon?: string;
  readonly order?: number;
  readonly display_property: string;
  readonly ownership: string;
  readonly keys: readonly (readonly string[])[];
  /** Whether what is deleted can be restored for a while. */
  readonly soft_delete: boolean;
  /** Whether anything of its records is in the change log. */
  readonly history: boolean;
  /** Whether the person has it at any depth. */
  readonly privileges: Readonly<Record<ClientPrivilege, boolean>>;
  readonly fields: Readonly<Record<string, ClientField>>;
  readonly navigations: Readonly<Record<string, ClientNavigation>>;
  readonly views: readonly ClientView[];
  readonly forms: readonly ClientForm[];
}

export interface ClientField {
  readonly name: string;
  readonly type: string;
  readonly label: Text;
  readonly description?: Text;
  /** The document's options of its type. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly control: { readonly widget: string; readonly props: Readonly<Record<string, unknown>> };
  readonly required: boolean;
  readonly read_only: boolean;
  readonly read_only_after_create?: boolean;
  readonly secured?: { readonly read: boolean; readonly create: boolean; readonly update: boolean };
  readonly sortable: boolean;
  readonly filterable: boolean;
  readonly searchable: boolean;
  readonly default?: unknown;
  readonly required_when?: string;
  readonly visible_when?: string;
  readonly read_only_when?: string;
  /** JSON properties that it has. */
  readonly properties: readonly string[];
  /** Of those that people may write, what their values must be (checkValue), by property. */
  readonly values: Readonly<Record<string, ClientValue>>;
}

export interface ClientValue {
  /** JSON Schema of a value that is not null. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly nullable: boolean;
  /** A create may leave it out, and it is not null then. */
  readonly has_default?: true;
  readonly create_only?: true;
}

export interface ClientNavigation {
  readonly set: string;
  readonly entity: string;
  readonly many: boolean;
  /** Id property of a lookup. */
  readonly property?: string;
  readonly label: Text;
  readonly inverse?: string;
  /** Many-to-many: records are linked and unlinked. */
  readonly links?: true;
  /** Many-to-many over records of an entity that says more of each link. */
  readonly through?: string;
  /** Of a lookup with several targets: it leads here only where the property has the value. */
  readonly discriminator?: { readonly property: string; readonly value: string };
}

export interface ClientChoice {
  readonly label?: Text;
  readonly values: Readonly<Record<string, ClientChoiceValue>>;
}

export interface ClientChoiceValue {
  readonly label: Text;
  readonly order?: number;
  readonly active?: boolean;
  readonly color?: string;
  readonly category?: 'open' | 'won' | 'lost';
  readonly parents?: readonly string[];
}

export type ClientView = View;
export type ClientForm = Form;
