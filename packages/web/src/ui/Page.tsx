// What every page has: a title (also of the browser's tab), which gets the focus after a navigation, what can be done, and tabs.
import { Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'react-router';
import classes from './Page.module.css';

export interface PageProps {
  readonly title: string;
  readonly subtitle?: ReactNode;
  /** Beside the title: a switch of views, a badge. */
  readonly beside?: ReactNode;
  readonly actions?: ReactNode;
  /** Below the title, over the whole width. */
  readonly tabs?: ReactNode;
  /** `wide`: lists and diagrams take all the width and height there is; text and forms stay readable otherwise. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Page({ title, subtitle, beside, actions, tabs, wide = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(title);
  useFocusAfterNavigation(heading);
  return (
    <div className={wide ? classes.wide : classes.page}>
      <header className={classes.header}>
        <Group gap="sm" wrap="wrap" justify="space-between" className={classes.bar}>
          <Group gap="sm" wrap="wrap" className={classes.heading}>
            <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
              {title}
            </Title>
            {beside}
          </Group>
          {actions !== undefined && <Group gap="xs">{actions}</Group>}
        </Group>
        {subtitle !== undefined && (
          <Text size="sm" c="dimmed" component="div">
            {subtitle}
          </Text>
        )}
        {tabs}
      </header>
      <div className={classes.body}>{children}</div>
    </div>
  );
}

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Kartoteka' : `${title} · Kartoteka`;
  }, [title]);
}

/** Screen readers and the keyboard go on at the new page's title; not on the first page, and not where only the query has changed. */
function useFocusAfterNavigation(heading: { readonly current: HTMLElement | null }): void {
  const { key } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for a page that is new
  useEffect(() => {
    const inPage = document.activeElement?.closest('main, [role=dialog]') ?? null;
    if (key !== 'default' && inPage === null) heading.current?.focus({ preventScroll: true });
  }, []);
}
