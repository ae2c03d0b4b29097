// Addresses, yes and no, JSON, and what nobody writes: numbers of the service, formulas and rollups.
import { jsonText } from '@kartoteka/sdk';
import { Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useLocaleState, useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { DAY, DURATION, MOMENT } from './date-controls.tsx';
import { EmptyValue } from './EmptyValue.tsx';
import { formatDecimalText } from './exact-text.ts';
import classes from './fields.module.css';
import { parseExactJson, UnreadJson } from './json-text.ts';
import { DECIMAL, MONEY } from './number-controls.tsx';
import { TEXT } from './text-controls.tsx';
import { type DisplayProps, type FieldControl, formattedKey, type InputProps, mainProperty } from './types.ts';
import { inputProps, useValue } from './use-input.ts';

function FlagDisplay({ field, record }: DisplayProps) {
  const translate = useTranslate();
  const value = record[mainProperty(field)];
  if (typeof value !== 'boolean') return <EmptyValue />;
  return <span>{translate(value ? 'record.field.yes' : 'record.field.no')}</span>;
}

function FlagInput(props: InputProps) {
  const translate = useTranslate();
  const value = useValue<boolean>(mainProperty(props.field));
  const input = inputProps(props, value);
  if (props.required !== true && typeof value.value !== 'boolean') {
    return (
      <Select
        {...input}
        data={[
          { value: 'true', label: translate('record.field.yes') },
          { value: 'false', label: translate('record.field.no') },
        ]}
        value={null}
        placeholder={translate('record.field.not_set')}
        onChange={(next) => value.set(next === null ? null : next === 'true')}
      />
    );
  }
  return (
    <Switch
      ref={value.ref}
      name={value.name}
      disabled={props.disabled}
      aria-label={props.label}
      label={props.hideLabel === true ? undefined : props.label}
      description={props.hideLabel === true ? undefined : props.description}
      error={value.error}
      checked={value.value === true}
      onBlur={value.onBlur}
      onChange={({ currentTarget }) => value.set(currentTarget.checked)}
    />
  );
}

const partOf = (property: string, field: string): string => property.slice(field.length + 1);

function AddressDisplay({ field, record, compact }: DisplayProps) {
  const lines = field.properties.flatMap((property) => {
    const text = record[formattedKey(property)] ?? record[property];
    return text === null || text === undefined || text === '' ? [] : [String(text)];
  });
  if (lines.length === 0) return <EmptyValue />;
  return <span className={classes.text}>{lines.join(compact === true ? ', ' : ', ')}</span>;
}

function AddressInput(props: InputProps) {
  const { field, label, required } = props;
  return (
    <fieldset className={classes.group} aria-label={props.hideLabel === true ? label : undefined}>
      {props.hideLabel === true ? null : <legend className={classes.legend}>{label}</legend>}
      <div className={classes.parts}>
        {field.properties.map((property, at) => (
          <AddressPart key={property} {...props} property={property} required={required === true && at === 0} />
        ))}
      </div>
    </fieldset>
  );
}

function AddressPart(props: InputProps & { readonly property: string }) {
  const translate = useTranslate();
  const value = useValue<string>(props.property);
  const part = partOf(props.property, props.field.name);
  const input = inputProps(
    { ...props, label: translate(`record.address.${part}`), hideLabel: false, description: '' },
    value,
  );
  if (part === 'country') return <CountrySelect input={input} value={value.value ?? null} onChange={value.set} />;
  return (
    <TextInput
      {...input}
      description={undefined}
      autoComplete="off"
      className={part === 'street' ? classes.wide : undefined}
      value={value.value ?? ''}
      onChange={({ currentTarget }) => value.set(currentTarget.value === '' ? null : currentTarget.value)}
    />
  );
}

interface CountryProps {
  readonly input: ReturnType<typeof inputProps>;
  readonly value: string | null;
  readonly onChange: (code: string | null) => void;
}

/** Countries by their names in the language; the codes are those that the browser knows a name of. */
function CountrySelect({ input, value, onChange }: CountryProps) {
  const [locale] = useLocaleState();
  const data = useMemo(() => countries(locale), [locale]);
  return (
    <Select
      {...input}
      description={undefined}
      data={data}
      value={value}
      onChange={onChange}
      searchable
      clearable
      limit={300}
    />
  );
}

/** Codes of two letters that ISO 3166 has; the browser knows more, of unions and of what is gone. */
const NO_COUNTRIES = new Set([
  'AC',
  'CP',
  'CQ',
  'DG',
  'EA',
  'EU',
  'EZ',
  'IC',
  'QO',
  'TA',
  'UN',
  'XA',
  'XB',
  'XK',
  'ZZ',
]);

export function countries(locale: string): { value: string; label: string }[] {
  const names = new Intl.DisplayNames([locale], { type: 'region', fallback: 'none' });
  const canonical = new Set<string>();
  for (let a = 65; a <= 90; a += 1) {
    for (let b = 65; b <= 90; b += 1) {
      const code = String.fromCharCode(a, b);
      // Codes that are gone are canonicalized to those that took their place (DD is DE).
      const now = new Intl.Locale(`und-${code}`).maximize().region;
      if (!NO_COUNTRIES.has(code) && now === code && names.of(code) !== undefined) canonical.add(code);
    }
  }
  return [...canonical]
    .map((value) => ({ value, label: names.of(value) ?? value }))
    .sort((one, other) => one.label.localeCompare(other.label, locale));
}

function JsonDisplay({ field, record, compact }: DisplayProps) {
  const value = record[mainProperty(field)];
  if (value === null || value === undefined) return <EmptyValue />;
  if (compact === true)
    return <code className={`${classes.code} ${classes.line}`}>{jsonText(value).slice(0, 200)}</code>;
  return <pre className={classes.code}>{jsonText(value, 2)}</pre>;
}

/** Edited as text; what is no JSON stays as typed beside its error, and is not sent. */
function JsonControl(props: InputProps) {
  const translate = useTranslate();
  const value = useValue<unknown>(mainProperty(props.field));
  const [typed, setTyped] = useState<string>();
  const shown =
    typed ??
    (value.value === null || value.value === undefined
      ? ''
      : value.value instanceof UnreadJson
        ? value.value.text
        : jsonText(value.value, 2));
  const parsed = typed === undefined ? undefined : parseExactJson(typed);
  const input = inputProps(props, value);
  return (
    <Textarea
      {...input}
      autosize
      minRows={3}
      maxRows={20}
      spellCheck={false}
      classNames={{ input: classes.code }}
      error={parsed?.ok === false && typed !== '' ? translate('record.field.no_json') : input.error}
      value={shown}
      onChange={({ currentTarget }) => {
        const text = currentTarget.value;
        setTyped(text);
        const next = parseExactJson(text);
        if (text.trim() === '') value.set(null);
        else value.set(next.ok ? next.value : new UnreadJson(text));
      }}
      onBlur={() => {
        if (parsed?.ok !== false || typed === '') setTyped(undefined);
        value.onBlur();
      }}
    />
  );
}

/** How values of a computed field are shown, by the result that its document names. */
const RESULTS: Readonly<Record<string, FieldControl>> = {
  money: MONEY,
  integer: DECIMAL,
  decimal: DECIMAL,
  date: DAY,
  datetime: MOMENT,
  duration: DURATION,
  text: TEXT,
};

function ComputedDisplay(props: DisplayProps) {
  const { field, record } = props;
  const [locale] = useLocaleState();
  const value = record[mainProperty(field)];
  const { result } = field.options as { result?: string };
  if (result === 'boolean' || typeof value === 'boolean') return <FlagDisplay {...props} />;
  if (field.properties.includes(`${field.name}_currency`)) return <MONEY.Display {...props} />;
  const known = result === undefined ? undefined : RESULTS[result];
  if (known !== undefined) return <known.Display {...props} />;
  if (value === null || value === undefined) return <EmptyValue />;
  // A rollup has the type of what it aggregates, which the value tells.
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return <MOMENT.Display {...props} />;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return <DAY.Display {...props} />;
  if (/^-?P\d*[DT]/.test(text)) return <DURATION.Display {...props} />;
  return <span className={classes.number}>{formatDecimalText(text, locale)}</span>;
}

export const FLAG: FieldControl = { Display: FlagDisplay, Input: FlagInput };
export const ADDRESS: FieldControl = { Display: AddressDisplay, Input: AddressInput, isWide: true };
export const JSON_TEXT: FieldControl = { Display: JsonDisplay, Input: JsonControl, isWide: true };
export const COMPUTED: FieldControl = { Display: ComputedDisplay };
