// Whole numbers, decimals and amounts. Values are decimal text from the field to the service; nothing is rounded, and text that
// is no number stays as it was typed until somebody mends it.
import { Select, TextInput } from '@mantine/core';
import { useLocaleState, useTranslate } from 'ra-core';
import { useState } from 'react';
import { EmptyValue } from './EmptyValue.tsx';
import { formatDecimalText, formatMoneyText, parseDecimalText } from './exact-text.ts';
import classes from './fields.module.css';
import { type DisplayProps, type FieldControl, type InputProps, mainProperty } from './types.ts';
import { inputProps, useValue } from './use-input.ts';

function NumberDisplay({ field, record }: DisplayProps) {
  const [locale] = useLocaleState();
  const value = record[mainProperty(field)];
  if (value === null || value === undefined) return <EmptyValue />;
  return <span className={classes.number}>{formatDecimalText(value, locale)}</span>;
}

/** The currency of an amount, as far as the record tells it; no other is guessed. */
function currencyOf({ field, record }: Pick<DisplayProps, 'field' | 'record'>): string | undefined {
  const beside = record[`${mainProperty(field)}_currency`];
  return typeof beside === 'string' ? beside : undefined;
}

export function MoneyDisplay({ field, record }: DisplayProps) {
  const [locale] = useLocaleState();
  const value = record[mainProperty(field)];
  if (value === null || value === undefined) return <EmptyValue />;
  return <span className={classes.number}>{formatMoneyText(value, currencyOf({ field, record }), locale)}</span>;
}

/** One number: shown in the language while nobody edits it, as typed while somebody does. */
function ExactInput(props: InputProps & { readonly allowsFraction: boolean }) {
  const { allowsFraction, field } = props;
  const [locale] = useLocaleState();
  const value = useValue<string>(mainProperty(field));
  const [typed, setTyped] = useState<string>();
  const stored = value.value === null || value.value === undefined ? '' : String(value.value);
  const change = (text: string): void => {
    setTyped(text);
    value.set(text.trim() === '' ? null : (parseDecimalText(text, locale) ?? text.trim()));
  };
  return (
    <TextInput
      {...inputProps(props, value)}
      inputMode={allowsFraction ? 'decimal' : 'numeric'}
      autoComplete="off"
      classNames={{ input: classes.number }}
      value={typed ?? formatDecimalText(stored, locale)}
      onChange={({ currentTarget }) => change(currentTarget.value)}
      onBlur={() => {
        setTyped(undefined);
        value.onBlur();
      }}
    />
  );
}

const IntegerInput = (props: InputProps) => <ExactInput {...props} allowsFraction={false} />;
const DecimalInput = (props: InputProps) => <ExactInput {...props} allowsFraction />;

function MoneyInput(props: InputProps) {
  const { field, label, disabled } = props;
  const translate = useTranslate();
  const currencies = (field.control.props as { currencies?: readonly string[] }).currencies ?? [];
  const currency = useValue<string>(`${mainProperty(field)}_currency`);
  return (
    <div className={classes.money}>
      <ExactInput {...props} allowsFraction />
      <Select
        aria-label={translate('record.field.currency_of', { field: label })}
        data={[...currencies]}
        value={currency.value ?? currencies[0] ?? null}
        onChange={(code) => currency.set(code)}
        ref={currency.ref}
        onBlur={currency.onBlur}
        error={currency.error}
        disabled={disabled}
        allowDeselect={false}
        searchable={currencies.length > 8}
        comboboxProps={{ width: 120, position: 'bottom-end' }}
      />
    </div>
  );
}

export const INTEGER: FieldControl = { Display: NumberDisplay, Input: IntegerInput, isNumeric: true };
export const DECIMAL: FieldControl = { Display: NumberDisplay, Input: DecimalInput, isNumeric: true };
export const MONEY: FieldControl = { Display: MoneyDisplay, Input: MoneyInput, isNumeric: true };
