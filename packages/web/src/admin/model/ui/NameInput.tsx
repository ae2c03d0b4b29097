// The name of something new: derived from its label until it is typed, with one of the prefixes that names of customisations have.
import { Group, Select, TextInput } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import { usePrefixes } from '../data/documents.ts';
import { nameFor, nameProblem } from '../logic/new-name.ts';

export interface NewName {
  readonly name: string;
  /** Key of the texts; undefined: nothing is wrong with it. */
  readonly problem: ReturnType<typeof nameProblem>;
  /** It was typed, and does not follow the label any more. */
  readonly isTyped: boolean;
  readonly prefix: string;
  readonly prefixes: readonly string[];
  readonly setName: (name: string) => void;
  readonly setPrefix: (prefix: string) => void;
}

/** `label`: what the name follows; `taken`: names that it may not be. */
export function useNewName(label: string, taken: readonly string[]): NewName {
  const prefixes = usePrefixes();
  const [own, setOwn] = useState<string | null>(null);
  const [chosen, setPrefix] = useState<string | null>(null);
  const prefix = chosen ?? prefixes[0] ?? '';
  const name = own ?? nameFor(label, taken, prefix);
  return {
    ...{ name, prefix, prefixes, isTyped: own !== null, problem: nameProblem(name, taken, prefixes) },
    setName: setOwn,
    setPrefix: (next) => {
      setPrefix(next);
      if (own?.startsWith(prefix)) setOwn(`${next}${own.slice(prefix.length)}`);
    },
  };
}

export function NameInput(props: {
  readonly label: string;
  readonly description?: string;
  readonly value: NewName;
  /** What is wrong is told before anything was typed, too. */
  readonly isTold: boolean;
}) {
  const t = useTranslate();
  const { name, problem, isTyped, prefix, prefixes, setName, setPrefix } = props.value;
  const input = (
    <TextInput
      style={{ flex: 1 }}
      label={props.label}
      description={props.description}
      value={name}
      error={
        problem !== undefined && (props.isTold || isTyped)
          ? t(`model.name.${problem}`, { prefixes: prefixes.join(', ') })
          : undefined
      }
      onChange={(event) => setName(event.currentTarget.value)}
    />
  );
  if (prefixes.length < 2) return input;
  return (
    <Group align="flex-start" gap="sm">
      <Select
        w={120}
        label={t('model.name.begins_with')}
        description={props.description === undefined ? undefined : '\u00a0'}
        allowDeselect={false}
        data={[...prefixes]}
        value={prefix}
        onChange={(next) => next !== null && setPrefix(next)}
      />
      {input}
    </Group>
  );
}
