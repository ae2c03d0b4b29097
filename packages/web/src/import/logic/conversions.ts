// How the texts of a column become values: guessed from what the control of a field takes and from the first rows of the file, to be
// changed by whoever imports. Pure; one line per widget.
import { type Conversion, DateForm, NumberText } from '@kartoteka/metadata/transfer';

/** What there is to guess from. */
export interface Guess {
  /** Cells of the column in the first rows, trimmed, none of them empty. */
  readonly texts: readonly string[];
  /** Of a choice: its values by the labels that they have in any language. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of dates with time that name none. */
  readonly zone: string;
}

export const DATE_FORMS = ['YYYY-MM-DD', 'DD.MM.YYYY', 'D.M.YYYY', 'DD/MM/YYYY', 'MM/DD/YYYY', 'M/D/YYYY'] as const;
export const TIME_FORMS = [
  ...['YYYY-MM-DD HH:mm:ss', 'YYYY-MM-DD HH:mm', 'YYYY-MM-DDTHH:mm:ss', 'YYYY-MM-DDTHH:mm'],
  ...['DD.MM.YYYY HH:mm:ss', 'DD.MM.YYYY HH:mm', 'D.M.YYYY H:mm', 'DD/MM/YYYY HH:mm', 'MM/DD/YYYY HH:mm'],
] as const;

/** Forms of numbers by a name that a list of them can have. */
export const NUMBER_FORMS = {
  '1234.56': {},
  '1234,56': { decimal: ',' },
  '1 234,56': { decimal: ',', thousands: ' ' },
  '1,234.56': { decimal: '.', thousands: ',' },
  '1.234,56': { decimal: ',', thousands: '.' },
} as const;
export type NumberFormName = keyof typeof NUMBER_FORMS;

const YES = ['true', 'yes', 'y', '1', '+', 'да', 'д', 'истина', 'on'];
const NO = ['false', 'no', 'n', '0', '-', 'нет', 'н', 'ложь', 'off'];

const GUESSES: Readonly<Record<string, (guess: Guess) => Conversion>> = {
  date: ({ texts }) => ({ date: fittingForm(DATE_FORMS, texts) ?? DATE_FORMS[0] }),
  datetime: ({ texts, zone }) => {
    const form = fittingForm(TIME_FORMS, texts);
    // With an offset it is what the service takes.
    return form === undefined ? {} : { date: form, zone };
  },
  integer: numbers,
  decimal: numbers,
  money: numbers,
  switch: () => ({ boolean: { true: YES, false: NO } }),
  select: ({ labels }) => (Object.keys(labels).length === 0 ? {} : { values: labels }),
  multi_select: ({ texts, labels }) => ({
    split: texts.some((text) => text.includes(';')) ? ';' : ',',
    ...(Object.keys(labels).length === 0 ? {} : { values: labels }),
  }),
  json: () => ({ json: true }),
};

/** The conversion that a column of a field with this widget begins with. */
export function guessConversion(widget: string, guess: Guess): Conversion {
  return GUESSES[widget]?.(guess) ?? {};
}

function numbers({ texts }: Guess): Conversion {
  const names = Object.keys(NUMBER_FORMS) as NumberFormName[];
  const fits = (name: NumberFormName): number => {
    const form = new NumberText(NUMBER_FORMS[name]);
    return texts.filter((text) => form.read(text) !== undefined).length;
  };
  const best = names.reduce((one, other) => (fits(other) > fits(one) ? other : one));
  return { number: NUMBER_FORMS[best] };
}

/** The first form that all texts have; of several none is better known. */
function fittingForm(forms: readonly string[], texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined;
  return forms.find((form) => {
    const reader = new DateForm(form);
    return texts.every((text) => reader.read(text) !== undefined);
  });
}

/** The name of a form of numbers, for a list; the plain one for what the list has not. */
export function numberFormName({ number = {} }: Conversion): NumberFormName {
  const names = Object.keys(NUMBER_FORMS) as NumberFormName[];
  const same = (name: NumberFormName): boolean => {
    const form: { decimal?: string; thousands?: string } = NUMBER_FORMS[name];
    return (form.decimal ?? '.') === (number.decimal ?? '.') && form.thousands === number.thousands;
  };
  return names.find(same) ?? '1234.56';
}
