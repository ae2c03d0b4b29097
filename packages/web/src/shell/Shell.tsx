// The frame of every page: navigation at the left (a drawer on phones), the bar at the top, the page in the middle.
import { Drawer } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useStore, useTranslate } from 'ra-core';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Outlet, useLocation } from 'react-router';
import { Navigation } from './Navigation.tsx';
import classes from './Shell.module.css';
import { Shortcuts } from './Shortcuts.tsx';
import { useShortcuts } from './shortcuts.ts';
import { TopBar } from './TopBar.tsx';

/** Nobody waits for it before it is asked for. */
const Palette = lazy(async () => ({ default: (await import('./Palette.tsx')).Palette }));

export function Shell() {
  const translate = useTranslate();
  const isPhone = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  const [isCollapsed, setCollapsed] = useStore('navigation.collapsed', false);
  const [isOpen, setOpen] = useState(false);
  const [dialog, setDialog] = useState<'palette' | 'shortcuts'>();
  const { pathname } = useLocation();
  // What a command of the palette has opened stays.
  const closeDialog = (closed: typeof dialog): void => setDialog((open) => (open === closed ? undefined : open));
  useShortcuts({
    onPalette: () => setDialog('palette'),
    onHelp: () => setDialog('shortcuts'),
    onNavigation: () => setCollapsed(!isCollapsed),
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever has gone somewhere has done what the drawer was opened for
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className={classes.frame} data-collapsed={isCollapsed || undefined}>
      <a className={classes.skip} href="#content">
        {translate('app.skip')}
      </a>
      {isPhone ? (
        <Drawer
          opened={isOpen}
          onClose={() => setOpen(false)}
          size={280}
          padding={0}
          title={translate('app.nav.label')}
          classNames={{ header: classes.drawerHeader, body: classes.drawerBody }}
          closeButtonProps={{ 'aria-label': translate('app.close') }}
          transitionProps={{ duration: 120 }}
        >
          <Navigation />
        </Drawer>
      ) : (
        <aside className={classes.side}>
          <Navigation isCollapsed={isCollapsed} onCollapse={() => setCollapsed(!isCollapsed)} />
        </aside>
      )}
      <div className={classes.main}>
        <TopBar
          onNavigation={isPhone ? () => setOpen(true) : undefined}
          onPalette={() => setDialog('palette')}
          onShortcuts={() => setDialog('shortcuts')}
        />
        <main id="content" tabIndex={-1} className={classes.content}>
          <Outlet />
        </main>
      </div>
      {dialog === 'palette' && (
        <Suspense>
          <Palette onClose={() => closeDialog('palette')} onShortcuts={() => setDialog('shortcuts')} />
        </Suspense>
      )}
      <Shortcuts opened={dialog === 'shortcuts'} onClose={() => closeDialog('shortcuts')} />
    </div>
  );
}
