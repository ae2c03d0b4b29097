// Chooses a property of an entity, or of a record that it refers to, by typing a part of its name.
import { Button, ScrollArea, TextInput, UnstyledButton } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { useColumnLabel } from '../columns/labels.ts';
import { type Place, placesOf } from '../columns/resolve.ts';
import type { List } from '../use-list.ts';
import classes from './filters.module.css';

export interface PropertyPickerProps {
  readonly list: Pick<List, 'model' | 'entity'>;
  readonly accepts: (place: Place) => boolean;
  readonly onChoose: (place: Place) => void;
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

/** More are found by typing on. */
const MOST = 100;

export function PropertyPicker({ list: { model, entity }, accepts, onChoose, action }: PropertyPickerProps) {
  const translate = useTranslate();
  const labelOf = useColumnLabel();
  const [text, setText] = useState('');
  const all = useMemo(() => placesOf(model, entity), [model, entity]);
  const wanted = text.trim().toLowerCase();
  const found = (places: readonly Place[]) =>
    places.filter((place) => accepts(place) && `${labelOf(place)} ${place.path}`.toLowerCase().includes(wanted));
  const own = found(all.own);
  const related = wanted === '' ? [] : found(all.related);
  const shown = [...own, ...related].slice(0, MOST);
  return (
    <div className={classes.picker}>
      <TextInput
        data-autofocus
        size="xs"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        aria-label={translate('list.filter.search')}
        placeholder={translate('list.filter.search')}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || shown[0] === undefined) return;
          event.preventDefault();
          onChoose(shown[0]);
        }}
      />
      <ScrollArea.Autosize mah={280} type="auto">
        {shown.map((place) => (
          <UnstyledButton key={place.path} className={classes.option} onClick={() => onChoose(place)}>
            {labelOf(place)}
          </UnstyledButton>
        ))}
        {shown.length === 0 && <div className={classes.nothing}>{translate('list.filter.nothing')}</div>}
        {wanted === '' && <div className={classes.nothing}>{translate('list.filter.related')}</div>}
      </ScrollArea.Autosize>
      {action !== undefined && (
        <Button size="compact-sm" variant="subtle" color="gray" onClick={action.onClick} justify="flex-start">
          {action.label}
        </Button>
      )}
    </div>
  );
}
