// Which control displays and edits a field: by the name of the widget that packages/metadata gives with the field. The one place
// that knows the widgets; a widget that it does not know is shown as text and edited by nobody.
import type { ClientField } from '@kartoteka/metadata';
import { CHOICE, CHOICES } from './choice-controls.tsx';
import { DAY, DURATION, MOMENT } from './date-controls.tsx';
import { LOOKUP } from './lookup-controls.tsx';
import { DECIMAL, INTEGER, MONEY } from './number-controls.tsx';
import { ADDRESS, COMPUTED, FLAG, JSON_TEXT } from './other-controls.tsx';
import { EMAIL, LONG_TEXT, PHONE, TEXT, URL_TEXT } from './text-controls.tsx';
import type { FieldControl } from './types.ts';

/** Shown only: the service gives the values. */
const NUMBERED: FieldControl = { Display: TEXT.Display };

const CONTROLS: ReadonlyMap<string, FieldControl> = new Map(
  Object.entries({
    ...{ text: TEXT, long_text: LONG_TEXT, email: EMAIL, phone: PHONE, url: URL_TEXT },
    ...{ integer: INTEGER, decimal: DECIMAL, money: MONEY, switch: FLAG },
    ...{ date: DAY, datetime: MOMENT, duration: DURATION },
    ...{ select: CHOICE, multi_select: CHOICES, lookup: LOOKUP },
    ...{ address: ADDRESS, json: JSON_TEXT, auto_number: NUMBERED, computed: COMPUTED },
  }),
);

/** The control of a field. A collection (`links`) has none: it is a list of records. */
export const controlOf = (field: ClientField): FieldControl => CONTROLS.get(field.control.widget) ?? NUMBERED;
