// The filter of a list as chips: each opens to be changed, the last button adds one. What no chip can say is one with the expression.
import { Button, CloseButton, Popover, UnstyledButton } from '@mantine/core';
import { IconFilter, IconPlus } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useState } from 'react';
import type { Place } from '../columns/resolve.ts';
import type { List } from '../use-list.ts';
import { ChipEditor } from './ChipEditor.tsx';
import { useChipText } from './chip-text.ts';
import { type FilterPart, isComplete, isRaw } from './filter.ts';
import classes from './filters.module.css';
import { OPERATORS } from './operators.ts';
import { PropertyPicker } from './PropertyPicker.tsx';

export function FilterBar({ list }: { readonly list: List }) {
  const translate = useTranslate();
  /** A chip that is not complete is not in the URL yet. */
  const [draft, setDraft] = useState<FilterPart>();
  const { parts, setParts } = list;
  const at = (index: number) => ({
    onChange: (part: FilterPart) => setParts(parts.map((each, place) => (place === index ? part : each))),
    onRemove: () => setParts(parts.filter((_, place) => place !== index)),
  });
  const keep = (part: FilterPart): void => {
    if (isRaw(part) ? part.raw.trim() === '' : !isComplete(part)) setDraft(part);
    else {
      setDraft(undefined);
      setParts([...parts, part]);
    }
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: chips are no fields of a form
    <div className={classes.bar} role="group" aria-label={translate('list.filter.title')}>
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a filter's parts have no other name
        <FilterChip key={index} {...{ list, part }} {...at(index)} />
      ))}
      {draft === undefined ? (
        <AddFilter list={list} onAdd={keep} />
      ) : (
        <FilterChip list={list} part={draft} isNew onChange={keep} onRemove={() => setDraft(undefined)} />
      )}
      {parts.length > 1 && (
        <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setParts([])}>
          {translate('list.filter.clear')}
        </Button>
      )}
    </div>
  );
}

interface FilterChipProps {
  readonly list: List;
  readonly part: FilterPart;
  readonly isNew?: boolean;
  readonly onChange: (part: FilterPart) => void;
  readonly onRemove: () => void;
}

function FilterChip({ list, part, isNew = false, onChange, onRemove }: FilterChipProps) {
  const translate = useTranslate();
  const [opened, setOpened] = useState(isNew);
  const text = useChipText(list, part);
  const close = (): void => {
    setOpened(false);
    if (isNew) onRemove();
  };
  const apply = (next: FilterPart): void => {
    setOpened(false);
    onChange(next);
  };
  return (
    <Popover
      opened={opened}
      onClose={close}
      position="bottom-start"
      shadow="md"
      width={320}
      trapFocus
      returnFocus
      closeOnClickOutside={false}
    >
      <span className={classes.chip} data-incomplete={isNew || undefined}>
        <Popover.Target>
          <UnstyledButton
            className={classes.chipText}
            onClick={() => (opened ? close() : setOpened(true))}
            title={text.title}
          >
            <span className={classes.name}>{text.name}</span> {text.rest}
          </UnstyledButton>
        </Popover.Target>
        <CloseButton
          size={24}
          iconSize={14}
          aria-label={translate('list.filter.remove', { filter: text.name })}
          onClick={onRemove}
        />
      </span>
      <Popover.Dropdown aria-label={text.name}>
        <ChipEditor list={list} part={part} onApply={apply} onCancel={close} />
      </Popover.Dropdown>
    </Popover>
  );
}

function AddFilter({ list, onAdd }: { readonly list: List; readonly onAdd: (part: FilterPart) => void }) {
  const translate = useTranslate();
  const [opened, setOpened] = useState(false);
  const isFirst = list.parts.length === 0;
  const add = (part: FilterPart): void => {
    setOpened(false);
    onAdd(part);
  };
  const choose = ({ path, kind }: Place): void => {
    if (kind !== undefined) add({ path, kind, operator: OPERATORS[kind][0]?.name ?? '', values: [] });
  };
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" shadow="md" width={300} trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          leftSection={isFirst ? <IconFilter size={14} /> : <IconPlus size={14} />}
          onClick={() => setOpened((before) => !before)}
        >
          {translate('list.filter.add')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={translate('list.filter.add')}>
        <PropertyPicker
          list={list}
          accepts={(place) => place.kind !== undefined}
          onChoose={choose}
          action={{ label: translate('list.filter.expression'), onClick: () => add({ raw: '' }) }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}
