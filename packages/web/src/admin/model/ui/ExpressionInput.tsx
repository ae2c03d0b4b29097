// An expression with completion of names and functions, and everything that is wrong with it while it is typed. Completion goes by keyboard:
// arrows choose, Enter takes, Escape closes, Control and space open.
import { Combobox, Stack, Text, Textarea, useCombobox } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { type Completion, completionsAt } from '../logic/completion.ts';
import { type ExpressionRules, expressionProblems } from '../logic/expression.ts';
import type { NamedEntity } from '../logic/scope.ts';
import classes from './ExpressionInput.module.css';

export interface ExpressionInputProps {
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly entities: ReadonlyMap<string, NamedEntity>;
  readonly rules: ExpressionRules;
  /** What the service found wrong with it. */
  readonly error?: string;
  readonly required?: boolean;
}

export function ExpressionInput(props: ExpressionInputProps) {
  const t = useTranslate();
  const { value, entities, rules } = props;
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const input = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const found = useMemo(
    () => completionsAt(value, caret, entities, rules.entity, rules.place),
    [value, caret, entities, rules.entity, rules.place],
  );
  const problems = useMemo(() => expressionProblems(value, entities, rules), [value, entities, rules]);

  const take = (option: Completion): void => {
    const text = value.slice(0, found.from) + option.text + value.slice(found.to);
    const at = found.from + option.text.length + option.caret;
    props.onChange(text);
    setCaret(at);
    combobox.closeDropdown();
    // After React has written the text; before it there is nowhere to put the caret.
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(at, at);
    });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      combobox.openDropdown();
    }
  };
  return (
    <Stack gap={4}>
      <Combobox
        store={combobox}
        withinPortal
        onOptionSubmit={(text) => {
          const option = found.options.find((each) => each.text === text);
          if (option !== undefined) take(option);
        }}
      >
        <Combobox.Target>
          <Textarea
            ref={input}
            label={props.label}
            description={props.description}
            placeholder={props.placeholder}
            required={props.required}
            value={value}
            autosize
            minRows={1}
            maxLength={4000}
            spellCheck={false}
            autoComplete="off"
            classNames={{ input: classes.code ?? '' }}
            error={problems.length > 0 ? true : props.error}
            onChange={(event) => {
              props.onChange(event.currentTarget.value);
              setCaret(event.currentTarget.selectionStart);
              combobox.openDropdown();
              combobox.selectFirstOption();
            }}
            onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
            onBlur={() => combobox.closeDropdown()}
            onKeyDown={onKeyDown}
          />
        </Combobox.Target>
        <Combobox.Dropdown hidden={found.options.length === 0}>
          <Combobox.Options mah={220} className={classes.options ?? ''}>
            {found.options.map((option) => (
              <Combobox.Option key={option.text} value={option.text} className={classes.option ?? ''}>
                <span className={classes.name}>{option.text}</span>
                <span className={classes.kind}>{t(`model.expression.${option.kind}`)}</span>
              </Combobox.Option>
            ))}
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      <div aria-live="polite">
        {problems.map(({ at, message, hint }) => (
          <Text key={`${at} ${message}`} size="xs" c="var(--mantine-color-error)">
            {t('model.expression.problem', { at: at + 1, message })}
            {hint === undefined ? '' : ` ${hint}`}
          </Text>
        ))}
      </div>
    </Stack>
  );
}
