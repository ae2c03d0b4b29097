// Texts: one line, many lines, e-mail and web addresses, telephone numbers. Empty is null.
import { Anchor, Spoiler, Text, Textarea, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { EmptyValue } from './EmptyValue.tsx';
import classes from './fields.module.css';
import { type DisplayProps, type FieldControl, formattedKey, type InputProps, mainProperty } from './types.ts';
import { inputProps, useValue } from './use-input.ts';

const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

function TextDisplay({ field, record }: DisplayProps) {
  const text = textOf(record[mainProperty(field)]);
  return text === '' ? <EmptyValue /> : <span className={classes.text}>{text}</span>;
}

function LongTextDisplay({ field, record, compact }: DisplayProps) {
  const translate = useTranslate();
  const text = textOf(record[mainProperty(field)]);
  if (text === '') return <EmptyValue />;
  if (compact === true) return <span className={classes.text}>{text.slice(0, 300)}</span>;
  return (
    <Spoiler maxHeight={200} showLabel={translate('record.field.more')} hideLabel={translate('record.field.less')}>
      <Text className={classes.long}>{text}</Text>
    </Spoiler>
  );
}

type LinkProps = DisplayProps & {
  /** Undefined for what is not safe to follow. */
  readonly hrefOf: (text: string) => string | undefined;
  readonly newTab?: boolean;
};

/** A text that leads somewhere. */
function LinkText({ field, record, hrefOf, newTab = false }: LinkProps) {
  const property = mainProperty(field);
  const text = textOf(record[property]);
  if (text === '') return <EmptyValue />;
  const shown = textOf(record[formattedKey(property)] ?? text);
  const href = hrefOf(text);
  if (href === undefined) return <span className={classes.text}>{shown}</span>;
  return (
    <Anchor
      href={href}
      className={classes.text}
      inherit
      onClick={(event) => event.stopPropagation()}
      {...(newTab ? { target: '_blank', rel: 'noopener noreferrer' } : {})}
    >
      {shown}
    </Anchor>
  );
}

const mailHref = (text: string): string => `mailto:${encodeURI(text)}`;
const phoneHref = (text: string): string => `tel:${text}`;
const webHref = (text: string): string | undefined => (/^https?:\/\//i.test(text) ? text : undefined);
const EmailDisplay = (props: DisplayProps) => <LinkText {...props} hrefOf={mailHref} />;
const PhoneDisplay = (props: DisplayProps) => <LinkText {...props} hrefOf={phoneHref} />;
const UrlDisplay = (props: DisplayProps) => <LinkText {...props} hrefOf={webHref} newTab />;

/** An input of one line; the keyboard of a phone follows the kind. */
function LineInput({ inputMode, ...props }: InputProps & { readonly inputMode?: 'text' | 'email' | 'tel' | 'url' }) {
  const value = useValue<string>(mainProperty(props.field));
  return (
    <TextInput
      {...inputProps(props, value)}
      inputMode={inputMode}
      autoComplete="off"
      value={textOf(value.value)}
      onChange={({ currentTarget }) => value.set(currentTarget.value === '' ? null : currentTarget.value)}
    />
  );
}

// `inputMode`, not types of their own: browsers change what is typed into those, and judge it by rules of their own.
const EmailInput = (props: InputProps) => <LineInput {...props} inputMode="email" />;
const PhoneInput = (props: InputProps) => <LineInput {...props} inputMode="tel" />;
const UrlInput = (props: InputProps) => <LineInput {...props} inputMode="url" />;

function LongTextInput(props: InputProps) {
  const value = useValue<string>(mainProperty(props.field));
  return (
    <Textarea
      {...inputProps(props, value)}
      autosize
      minRows={3}
      maxRows={16}
      value={textOf(value.value)}
      onChange={({ currentTarget }) => value.set(currentTarget.value === '' ? null : currentTarget.value)}
    />
  );
}

export const TEXT: FieldControl = { Display: TextDisplay, Input: LineInput };
export const LONG_TEXT: FieldControl = { Display: LongTextDisplay, Input: LongTextInput, isWide: true };
export const EMAIL: FieldControl = { Display: EmailDisplay, Input: EmailInput };
export const PHONE: FieldControl = { Display: PhoneDisplay, Input: PhoneInput };
export const URL_TEXT: FieldControl = { Display: UrlDisplay, Input: UrlInput };
