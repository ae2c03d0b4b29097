// Who is signed in, and what belongs to a person: the own account, language, appearance, signing out.
import { Avatar, Menu, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import {
  IconCheck,
  IconDeviceDesktop,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconSun,
  IconUserCircle,
} from '@tabler/icons-react';
import { useLocaleState, useTranslate } from 'ra-core';
import { Link } from 'react-router';
import { useSession } from '../auth/session-context.ts';
import { useModel } from '../data/model.tsx';
import { LANGUAGES } from '../i18n/index.ts';

const APPEARANCES = [
  { name: 'light', icon: IconSun },
  { name: 'dark', icon: IconMoon },
  { name: 'auto', icon: IconDeviceDesktop },
] as const;

/** The first letters of the first two words. */
export const initialsOf = (name: string): string =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();

export function UserMenu({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const translate = useTranslate();
  const session = useSession();
  const { user } = useModel();
  const [locale, setLocale] = useLocaleState();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const check = (isChosen: boolean) => (isChosen ? <IconCheck size={14} aria-hidden /> : null);
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <UnstyledButton aria-label={`${initialsOf(user.name)}, ${translate('app.user.menu', { name: user.name })}`}>
          <Avatar size={32} radius="xl" color="accent" variant="filled" aria-hidden>
            {initialsOf(user.name)}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={500} c="var(--k-text)" truncate>
            {user.name}
          </Text>
          <Text size="xs" truncate>
            {user.email}
          </Text>
        </Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUserCircle size={16} />}>
          {translate('app.user.account')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{translate('app.user.language')}</Menu.Label>
        {LANGUAGES.map(({ locale: each, name }) => (
          <Menu.Item key={each} lang={each} onClick={() => setLocale(each)} rightSection={check(each === locale)}>
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{translate('app.user.theme')}</Menu.Label>
        {APPEARANCES.map(({ name, icon: Icon }) => (
          <Menu.Item
            key={name}
            leftSection={<Icon size={16} />}
            onClick={() => setColorScheme(name)}
            rightSection={check(colorScheme === name)}
          >
            {translate(`app.user.${name}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={onShortcuts}>
          {translate('app.user.shortcuts')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void session.signOut().catch(() => {})}>
          {translate('app.user.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
