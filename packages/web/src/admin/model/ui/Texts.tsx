// A text in every language of the organization, side by side. An empty one is left out of the document.
import { Grid, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useModel } from '../../../data/model.tsx';
import { same } from '../logic/paths.ts';

export type Texts = Readonly<Record<string, string>>;

/** Two letters of a language as the label says them: `en`, `ru`. */
const shown = (language: string): string => language.toUpperCase();

export function TextsInput(props: {
  readonly label: string;
  readonly description?: string;
  readonly value: Texts | undefined;
  readonly onChange: (value: Texts | undefined) => void;
  readonly required?: boolean;
  readonly multiline?: boolean;
  readonly error?: string;
  /** The first language has the focus when a dialog opens. */
  readonly autoFocus?: boolean;
  /** The focus has left the fields of all languages. */
  readonly onLeave?: () => void;
}) {
  const { languages } = useModel();
  const Input = props.multiline ? Textarea : TextInput;
  const set = (language: string, text: string): void => {
    const rest = Object.fromEntries(Object.entries(props.value ?? {}).filter(([other]) => other !== language));
    const next = text === '' ? rest : { ...rest, [language]: text };
    props.onChange(Object.keys(next).length === 0 ? undefined : next);
  };
  return (
    <Grid
      gap="sm"
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) props.onLeave?.();
      }}
    >
      {languages.map((language, at) => (
        <Grid.Col key={language} span={{ base: 12, sm: languages.length > 1 ? 6 : 12 }}>
          <Input
            label={`${props.label} (${shown(language)})`}
            description={at === 0 ? props.description : undefined}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            value={props.value?.[language] ?? ''}
            maxLength={2000}
            lang={language}
            required={props.required === true && at === 0}
            error={at === 0 ? props.error : undefined}
            {...(at === 0 && props.autoFocus ? { 'data-autofocus': true } : {})}
            onChange={(event) => set(language, event.currentTarget.value)}
          />
        </Grid.Col>
      ))}
    </Grid>
  );
}

/** Texts that are handed on when the focus leaves them: each change is an edit of the draft, and typing is none. */
export function TextsOnLeave(props: {
  readonly label: string;
  readonly value: Texts;
  readonly onChange: (value: Texts) => void;
}) {
  const [typed, setTyped] = useState<Texts | undefined>(undefined);
  const known = JSON.stringify(props.value);
  const [before, setBefore] = useState(known);
  if (before !== known) {
    // What was handed on has come back, or somebody else has changed it.
    setBefore(known);
    setTyped(undefined);
  }
  return (
    <TextsInput
      label={props.label}
      value={typed ?? props.value}
      onChange={(next) => setTyped(next ?? {})}
      onLeave={() => {
        if (typed !== undefined && !same(typed, props.value)) props.onChange(typed);
      }}
    />
  );
}
