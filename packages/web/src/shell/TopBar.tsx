// The bar at the top: where one is going (search and commands), and who one is.
import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { IconMenu2, IconSearch } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { IS_MAC } from './shortcuts.ts';
import classes from './TopBar.module.css';
import { UserMenu } from './UserMenu.tsx';

export interface TopBarProps {
  /** On phones: opens the navigation. */
  readonly onNavigation?: () => void;
  readonly onPalette: () => void;
  readonly onShortcuts: () => void;
}

export function TopBar({ onNavigation, onPalette, onShortcuts }: TopBarProps) {
  const translate = useTranslate();
  return (
    <header className={classes.bar}>
      {onNavigation !== undefined && (
        <ActionIcon size="lg" onClick={onNavigation} aria-label={translate('app.nav.open')}>
          <IconMenu2 size={20} />
        </ActionIcon>
      )}
      <UnstyledButton
        className={classes.search}
        onClick={onPalette}
        aria-keyshortcuts={IS_MAC ? 'Meta+K' : 'Control+K'}
      >
        <IconSearch size={16} aria-hidden />
        <span className={classes.searchText}>{translate('app.palette.open')}</span>
        <Kbd size="xs" className={classes.keys} aria-hidden>
          {IS_MAC ? '⌘ K' : 'Ctrl K'}
        </Kbd>
      </UnstyledButton>
      <div className={classes.end}>
        <UserMenu onShortcuts={onShortcuts} />
      </div>
    </header>
  );
}
