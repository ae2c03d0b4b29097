// What a control of a field is given. Types only.
import type { ClientEntity, ClientField } from '@kartoteka/metadata';
import type { ComponentType } from 'react';

/** A record as the service answers it: properties, expanded navigations, annotations. */
export type RecordValues = Readonly<Record<string, unknown>>;

export interface DisplayProps {
  readonly entity: ClientEntity;
  readonly field: ClientField;
  readonly record: RecordValues;
  /** In a row of a list: one line, nothing that can be opened beside the value itself. */
  readonly compact?: boolean;
}

/** Inputs write into the form that surrounds them (react-hook-form), under the names of the field's properties. */
export interface InputProps {
  readonly entity: ClientEntity;
  readonly field: ClientField;
  /** As people read it; without one (in a cell) it names the input for those who do not see it. */
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly description?: string;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly autoFocus?: boolean;
}

export interface FieldControl {
  readonly Display: ComponentType<DisplayProps>;
  /** Absent: nobody writes such a field. */
  readonly Input?: ComponentType<InputProps>;
  /** Its values are numbers, which stand at the right of a column. */
  readonly isNumeric?: boolean;
  /** It wants the whole width of a form. */
  readonly isWide?: boolean;
}

/** What people read in place of a property's value stands beside it under this name, where the request asks for it. */
export const formattedKey = (property: string): string => `${property}@OData.Community.Display.V1.FormattedValue`;

/** Header of requests whose answers are displayed: titles of what lookups name come along. */
export const DISPLAY_HEADERS: Readonly<Record<string, string>> = {
  prefer: 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"',
};

/** The property that holds a field's value; the others of it stand beside. */
export const mainProperty = (field: ClientField): string => field.properties[0] ?? field.name;
