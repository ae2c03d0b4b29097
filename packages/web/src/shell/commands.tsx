// What the palette offers: places and commands, drawn from the Model, and how words find them.
import type { ClientEntity, ClientModel } from '@kartoteka/metadata';
import {
  IconHome,
  IconKeyboard,
  IconLanguage,
  IconMoon,
  IconPlus,
  IconSun,
  IconTable,
  IconTrash,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { textIn } from '../data/text-in.ts';
import { LANGUAGES } from '../i18n/index.ts';
import { EntityIcon } from '../ui/icons.tsx';
import { adminPlaces, recordPlaces } from './places.ts';

export interface Command {
  readonly id: string;
  /** Key of the group's text: `app.palette.<group>`. */
  readonly group: 'goTo' | 'commands' | 'views' | 'admin' | 'records';
  readonly label: string;
  readonly description?: string;
  readonly icon: ReactNode;
  readonly run: () => void;
}

export interface CommandContext {
  readonly model: ClientModel;
  readonly locale: string;
  readonly isDark: boolean;
  readonly translate: (key: string, options?: Record<string, string>) => string;
  readonly go: (path: string) => void;
  readonly setLocale: (locale: string) => void;
  readonly setDark: (isDark: boolean) => void;
  readonly onShortcuts: () => void;
}

const SIZE = 18;

export function commandsOf(context: CommandContext): readonly Command[] {
  const { model, locale, translate, go } = context;
  const { main, more } = recordPlaces(model, locale);
  const entities = [...main, ...more];
  return [
    { id: 'home', group: 'goTo', label: translate('app.home'), icon: <IconHome size={SIZE} />, run: () => go('/') },
    ...entities.map((entity) => goTo(entity, context)),
    ...entities.filter(({ privileges }) => privileges.create).map((entity) => creation(entity, context)),
    ...settings(context),
    ...entities.flatMap((entity) => views(entity, context)),
    ...adminPlaces(model).map(({ name, path, icon: Icon }): Command => {
      return {
        id: path,
        group: 'admin',
        label: translate(`app.nav.${name}`),
        icon: <Icon size={SIZE} />,
        run: () => go(path),
      };
    }),
    ...entities
      .filter(({ soft_delete, privileges }) => soft_delete && privileges.delete)
      .map((entity): Command => {
        const label = translate('app.palette.deleted', { entity: textIn(entity.plural_label, locale) });
        const run = (): void => go(`/recycle-bin/${entity.set}`);
        return { id: `deleted.${entity.set}`, group: 'goTo', label, icon: <IconTrash size={SIZE} />, run };
      }),
  ];
}

function goTo(entity: ClientEntity, { locale, go }: CommandContext): Command {
  const label = textIn(entity.plural_label, locale);
  const icon = <EntityIcon entity={entity} size={SIZE} />;
  return { id: `set.${entity.set}`, group: 'goTo', label, icon, run: () => go(`/records/${entity.set}`) };
}

function creation(entity: ClientEntity, { locale, translate, go }: CommandContext): Command {
  const label = translate('app.palette.create', { entity: textIn(entity.label, locale).toLocaleLowerCase(locale) });
  const run = (): void => go(`/records/${entity.set}/new`);
  return { id: `new.${entity.set}`, group: 'commands', label, icon: <IconPlus size={SIZE} />, run };
}

function views(entity: ClientEntity, { locale, go }: CommandContext): Command[] {
  return entity.views.map((view) => ({
    id: `view.${view.name}`,
    group: 'views',
    label: textIn(view.label, locale),
    description: textIn(entity.plural_label, locale),
    icon: <IconTable size={SIZE} />,
    run: () => go(`/records/${entity.set}?view=${encodeURIComponent(view.name)}`),
  }));
}

function settings({ locale, isDark, translate, setLocale, setDark, onShortcuts }: CommandContext): Command[] {
  const languages = LANGUAGES.filter((each) => each.locale !== locale).map(
    ({ locale: each, name }): Command => ({
      id: `language.${each}`,
      group: 'commands',
      label: translate('app.palette.language', { name }),
      icon: <IconLanguage size={SIZE} />,
      run: () => setLocale(each),
    }),
  );
  return [
    {
      id: 'appearance',
      group: 'commands',
      label: translate(isDark ? 'app.palette.light' : 'app.palette.dark'),
      icon: isDark ? <IconSun size={SIZE} /> : <IconMoon size={SIZE} />,
      run: () => setDark(!isDark),
    },
    ...languages,
    {
      id: 'shortcuts',
      group: 'commands',
      label: translate('app.user.shortcuts'),
      icon: <IconKeyboard size={SIZE} />,
      run: onShortcuts,
    },
  ];
}

const folded = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Commands that have every word of the query, those whose label begins with it first. Without words: places and commands alone. */
export function matching(commands: readonly Command[], query: string): readonly Command[] {
  const words = folded(query)
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return commands.filter(({ group }) => group === 'goTo' || group === 'commands');
  const found = commands.filter(({ label, description }) => {
    const text = folded(`${label} ${description ?? ''}`);
    return words.every((word) => text.includes(word));
  });
  const first = words.join(' ');
  return found.toSorted(
    (a, b) => Number(folded(b.label).startsWith(first)) - Number(folded(a.label).startsWith(first)),
  );
}
