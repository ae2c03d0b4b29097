// Days, moments and durations. A day has no zone; a moment is shown and written in the user's; a duration is written in words.
import { TextInput } from '@mantine/core';
import { DateInput, DateTimePicker } from '@mantine/dates';
import { useLocaleState, useTranslate } from 'ra-core';
import { useState } from 'react';
import { formatDuration, parseDuration } from './duration-text.ts';
import { EmptyValue } from './EmptyValue.tsx';
import classes from './fields.module.css';
import { formatDay, formatMoment, momentAt, wallTime } from './moments.ts';
import { type DisplayProps, type FieldControl, type InputProps, mainProperty } from './types.ts';
import { inputProps, useValue } from './use-input.ts';
import { useTimeZone } from './use-time-zone.ts';

/** Days in figures, as each language writes them; what the input shows it understands again. */
const DAY_FORMAT: Readonly<Record<string, string>> = { en: 'MMM D, YYYY', ru: 'DD.MM.YYYY' };
const dayFormat = (locale: string): string => DAY_FORMAT[locale.slice(0, 2)] ?? 'YYYY-MM-DD';

/** `2026-11-22`, `22.11.2026` and `11/22/2026`; other texts are left to the input's own format. */
export function parseDay(text: string): string | null {
  const point = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text.trim());
  const slash = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim());
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text.trim());
  const [year, month, day] = point
    ? [point[3], point[2], point[1]]
    : slash
      ? [slash[3], slash[1], slash[2]]
      : [iso?.[1], iso?.[2], iso?.[3]];
  if (year !== undefined) {
    const written = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`;
    const at = new Date(`${written}T00:00:00Z`);
    return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== written ? null : written;
  }
  const at = new Date(`${text} UTC`);
  return /\d{4}/.test(text) && !Number.isNaN(at.getTime()) ? at.toISOString().slice(0, 10) : null;
}

function DayDisplay({ field, record }: DisplayProps) {
  const [locale] = useLocaleState();
  const value = record[mainProperty(field)];
  if (value === null || value === undefined) return <EmptyValue />;
  return <span className={classes.number}>{formatDay(value, locale)}</span>;
}

function MomentDisplay({ field, record }: DisplayProps) {
  const [locale] = useLocaleState();
  const timeZone = useTimeZone();
  const value = record[mainProperty(field)];
  if (value === null || value === undefined) return <EmptyValue />;
  return (
    <time dateTime={String(value)} className={classes.number} title={formatMoment(value, locale, timeZone, true)}>
      {formatMoment(value, locale, timeZone)}
    </time>
  );
}

function DurationDisplay({ field, record }: DisplayProps) {
  const [locale] = useLocaleState();
  const value = record[mainProperty(field)];
  if (value === null || value === undefined) return <EmptyValue />;
  return <span className={classes.number}>{formatDuration(value, locale)}</span>;
}

function DayInput(props: InputProps) {
  const [locale] = useLocaleState();
  const translate = useTranslate();
  const value = useValue<string>(mainProperty(props.field));
  const { min, max } = props.field.control.props as { min?: string | null; max?: string | null };
  return (
    <DateInput
      {...inputProps(props, value)}
      value={value.value ?? null}
      onChange={(next) => value.set(next)}
      valueFormat={dayFormat(locale)}
      dateParser={parseDay}
      placeholder={dayFormat(locale).replace('MMM D', 'Nov 22').replace(', YYYY', ', 2026')}
      clearable
      clearButtonProps={{ 'aria-label': translate('record.field.clear', { field: props.label }) }}
      {...(min ? { minDate: min } : {})}
      {...(max ? { maxDate: max } : {})}
      popoverProps={{ withinPortal: true }}
    />
  );
}

function MomentInput(props: InputProps) {
  const [locale] = useLocaleState();
  const translate = useTranslate();
  const timeZone = useTimeZone();
  const value = useValue<string>(mainProperty(props.field));
  return (
    <DateTimePicker
      {...inputProps(props, value)}
      value={value.value == null ? null : (wallTime(value.value, timeZone) ?? null)}
      onChange={(next) => value.set(next === null ? null : (momentAt(next, timeZone) ?? null))}
      valueFormat={`${dayFormat(locale)} HH:mm`}
      clearable
      clearButtonProps={{ 'aria-label': translate('record.field.clear', { field: props.label }) }}
      submitButtonProps={{ 'aria-label': translate('record.field.take_time') }}
      timePickerProps={{
        hoursInputLabel: translate('record.field.hours'),
        minutesInputLabel: translate('record.field.minutes'),
      }}
    />
  );
}

function DurationInput(props: InputProps) {
  const [locale] = useLocaleState();
  const translate = useTranslate();
  const value = useValue<string>(mainProperty(props.field));
  const [typed, setTyped] = useState<string>();
  const stored = value.value === null || value.value === undefined ? '' : formatDuration(value.value, locale);
  return (
    <TextInput
      {...inputProps(props, value)}
      autoComplete="off"
      placeholder={translate('record.field.duration_example')}
      value={typed ?? stored}
      onChange={({ currentTarget }) => {
        const text = currentTarget.value;
        setTyped(text);
        value.set(text.trim() === '' ? null : (parseDuration(text) ?? text.trim()));
      }}
      onBlur={() => {
        setTyped(undefined);
        value.onBlur();
      }}
    />
  );
}

export const DAY: FieldControl = { Display: DayDisplay, Input: DayInput };
export const MOMENT: FieldControl = { Display: MomentDisplay, Input: MomentInput };
export const DURATION: FieldControl = { Display: DurationDisplay, Input: DurationInput, isNumeric: true };
