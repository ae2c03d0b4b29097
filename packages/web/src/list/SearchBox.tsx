// $search while it is typed: a moment after the last key the list follows. `/` comes here from anywhere on the page.
import { CloseButton, Kbd, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { useEffect, useRef, useState } from 'react';
import classes from './list.module.css';
import { LONGEST_SEARCH } from './list-state.ts';
import type { List } from './use-list.ts';

const WAIT = 250;

export function SearchBox({ list: { state, change } }: { readonly list: List }) {
  const translate = useTranslate();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(state.search);
  const send = useDebouncedCallback((search: string) => change({ search }, true), WAIT);
  // Back and forward change it from outside.
  useEffect(() => setText(state.search), [state.search]);
  useHotkeys([['/', () => input.current?.focus()]]);
  const put = (next: string): void => {
    setText(next);
    send(next);
  };
  const clear = (
    <CloseButton
      size="sm"
      aria-label={translate('list.search.clear')}
      onClick={() => {
        put('');
        input.current?.focus();
      }}
    />
  );
  return (
    <TextInput
      ref={input}
      type="text"
      role="searchbox"
      size="xs"
      className={classes.search}
      maxLength={LONGEST_SEARCH}
      aria-label={translate('list.search.title')}
      placeholder={translate('list.search.title')}
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={text === '' ? <Kbd size="xs">/</Kbd> : clear}
      value={text}
      onChange={(event) => put(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Escape' && put('')}
    />
  );
}
