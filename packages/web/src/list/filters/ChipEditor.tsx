// Changes one chip: the question, then its values. Applied by a button or Enter, so that a half-written value asks the service nothing.

import { parseExpression } from '@kartoteka/metadata';
import { Button, Group, Select, Stack, Text, Textarea } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type FormEvent, useState } from 'react';
import { placeOf } from '../columns/resolve.ts';
import type { List } from '../use-list.ts';
import { type Chip, type FilterPart, isComplete, isRaw } from './filter.ts';
import { OPERATORS, operatorOf } from './operators.ts';
import { ValueInput } from './ValueInput.tsx';

export interface ChipEditorProps {
  readonly list: List;
  readonly part: FilterPart;
  readonly onApply: (part: FilterPart) => void;
  readonly onCancel: () => void;
}

export function ChipEditor(props: ChipEditorProps) {
  return isRaw(props.part) ? (
    <RawEditor {...props} raw={props.part.raw} />
  ) : (
    <QuestionEditor {...props} chip={props.part} />
  );
}

function Buttons({ disabled, onCancel }: { readonly disabled: boolean; readonly onCancel: () => void }) {
  const translate = useTranslate();
  return (
    <Group justify="flex-end" gap="xs">
      <Button size="xs" variant="default" onClick={onCancel}>
        {translate('list.cancel')}
      </Button>
      <Button size="xs" type="submit" disabled={disabled}>
        {translate('list.filter.apply')}
      </Button>
    </Group>
  );
}

function QuestionEditor({ list, chip: first, onApply, onCancel }: ChipEditorProps & { readonly chip: Chip }) {
  const translate = useTranslate();
  const [chip, setChip] = useState(first);
  const place = placeOf(list.model, list.entity, chip.path);
  const operator = operatorOf(chip.kind, chip.operator);
  if (place === undefined || operator === undefined) return null;
  const ask = (name: string | null): void => {
    const next = operatorOf(chip.kind, name ?? '');
    if (next === undefined) return;
    // What was chosen goes on where the new question takes as much.
    setChip({ ...chip, operator: next.name, values: next.arity === operator.arity ? chip.values : [] });
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (isComplete(chip)) onApply(chip);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Select
          size="xs"
          aria-label={translate('list.filter.question')}
          data={OPERATORS[chip.kind].map(({ name, arity }) => ({
            value: name,
            label: translate(arity === 'days' ? `list.operator_of_days.${name}` : `list.operator.${name}`, {
              days: 'N',
            }),
          }))}
          value={chip.operator}
          onChange={ask}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
        />
        <ValueInput
          key={operator.name}
          {...{ list, place, chip, operator }}
          onChange={(values) => setChip({ ...chip, values })}
        />
        <Buttons disabled={!isComplete(chip)} onCancel={onCancel} />
      </Stack>
    </form>
  );
}

function RawEditor({ raw, onApply, onCancel }: ChipEditorProps & { readonly raw: string }) {
  const translate = useTranslate();
  const [text, setText] = useState(raw);
  const parsed = text.trim() === '' ? undefined : parseExpression(text);
  const error = parsed?.ok === false ? parsed.errors[0] : undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (parsed?.ok === true) onApply({ raw: text });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Textarea
          data-autofocus
          size="xs"
          autosize
          minRows={2}
          maxRows={8}
          label={translate('list.filter.expression')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={
            error === undefined
              ? undefined
              : translate('list.filter.wrong', { message: error.message, at: error.at + 1 })
          }
          styles={{ input: { fontFamily: 'ui-monospace, monospace' } }}
        />
        <Text size="xs" c="dimmed">
          {translate('list.filter.expression_help')}
        </Text>
        <Buttons disabled={parsed?.ok !== true} onCancel={onCancel} />
      </Stack>
    </form>
  );
}
