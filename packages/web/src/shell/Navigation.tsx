// The left side: home, the entities that one may read with their icons, the administration. Collapsed, it shows icons with tooltips.
import { ActionIcon, ScrollArea, Tooltip, UnstyledButton } from '@mantine/core';
import {
  IconChevronRight,
  IconHome,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
} from '@tabler/icons-react';
import { useLocaleState, useStore, useTranslate } from 'ra-core';
import type { ReactNode } from 'react';
import { NavLink } from 'react-router';
import { useModel, useText } from '../data/model.tsx';
import { EntityIcon } from '../ui/icons.tsx';
import { Logo } from './Logo.tsx';
import classes from './Navigation.module.css';
import { adminPlaces, recordPlaces } from './places.ts';

export interface NavigationProps {
  readonly isCollapsed?: boolean;
  readonly onCollapse?: () => void;
}

export function Navigation({ isCollapsed = false, onCollapse }: NavigationProps) {
  const translate = useTranslate();
  const text = useText();
  const [locale] = useLocaleState();
  const model = useModel();
  const { main, more } = recordPlaces(model, locale);
  const admin = adminPlaces(model);
  const Collapse = isCollapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse;
  const collapseLabel = translate(isCollapsed ? 'app.nav.expand' : 'app.nav.collapse');
  const entityItem = (entity: (typeof main)[number]): ReactNode => (
    <Item
      key={entity.set}
      to={`/records/${entity.set}`}
      label={text(entity.plural_label)}
      icon={<EntityIcon entity={entity} />}
      isCollapsed={isCollapsed}
    />
  );
  return (
    <nav className={classes.nav} aria-label={translate('app.nav.label')} data-collapsed={isCollapsed || undefined}>
      {onCollapse !== undefined && (
        <div className={classes.head}>
          {!isCollapsed && <Logo />}
          <Tooltip label={collapseLabel} position="right">
            <ActionIcon onClick={onCollapse} aria-label={collapseLabel} aria-expanded={!isCollapsed}>
              <Collapse size={18} />
            </ActionIcon>
          </Tooltip>
        </div>
      )}
      <ScrollArea className={classes.scroll} type="hover" scrollbarSize={8}>
        <ul className={classes.list}>
          <Item
            to="/"
            end
            label={translate('app.home')}
            icon={<IconHome size={18} stroke={1.7} />}
            isCollapsed={isCollapsed}
          />
        </ul>
        {main.length > 0 && (
          <Section name="records" isCollapsed={isCollapsed}>
            {main.map(entityItem)}
          </Section>
        )}
        {more.length > 0 && (
          <Section name="more" isCollapsed={isCollapsed} closed>
            {more.map(entityItem)}
          </Section>
        )}
        {admin.length > 0 && (
          <Section name="admin" isCollapsed={isCollapsed}>
            {admin.map(({ name, path, icon: Icon }) => (
              <Item
                key={path}
                to={path}
                label={translate(`app.nav.${name}`)}
                icon={<Icon size={18} stroke={1.7} />}
                isCollapsed={isCollapsed}
              />
            ))}
          </Section>
        )}
      </ScrollArea>
    </nav>
  );
}

interface SectionProps {
  readonly name: string;
  readonly isCollapsed: boolean;
  /** Until somebody opens it; what people have opened or closed is remembered. */
  readonly closed?: boolean;
  readonly children: ReactNode;
}

function Section({ name, isCollapsed, closed = false, children }: SectionProps) {
  const translate = useTranslate();
  const [isClosed, setClosed] = useStore(`navigation.closed.${name}`, closed);
  const label = translate(`app.nav.${name}`);
  if (isCollapsed) return isClosed ? null : <ul className={classes.list}>{children}</ul>;
  return (
    <>
      <UnstyledButton className={classes.section} onClick={() => setClosed(!isClosed)} aria-expanded={!isClosed}>
        <span>{label}</span>
        <IconChevronRight size={14} className={classes.chevron} aria-hidden />
      </UnstyledButton>
      {!isClosed && (
        <ul className={classes.list} aria-label={label}>
          {children}
        </ul>
      )}
    </>
  );
}

interface ItemProps {
  readonly to: string;
  readonly end?: boolean;
  readonly label: string;
  readonly icon: ReactNode;
  readonly isCollapsed: boolean;
}

function Item({ to, end = false, label, icon, isCollapsed }: ItemProps) {
  return (
    <li>
      <Tooltip label={label} position="right" disabled={!isCollapsed} openDelay={100}>
        <NavLink to={to} end={end} className={classes.item ?? ''} aria-label={isCollapsed ? label : undefined}>
          <span className={classes.icon}>{icon}</span>
          {!isCollapsed && <span className={classes.label}>{label}</span>}
        </NavLink>
      </Tooltip>
    </li>
  );
}
