// The frame's keys. Single keys work where nobody is typing.
import { useHotkeys } from '@mantine/hooks';
import { useLocaleState } from 'ra-core';
import { useNavigate } from 'react-router';
import { useModel } from '../data/model.tsx';
import { recordPlaces } from './places.ts';

export const IS_MAC = /mac/i.test(navigator.platform);

const ALT = IS_MAC ? '⌥' : 'Alt';

/** As the help lists them. */
export const SHORTCUTS: readonly { readonly name: string; readonly keys: readonly string[] }[] = [
  { name: 'palette', keys: [IS_MAC ? '⌘' : 'Ctrl', 'K'] },
  { name: 'home', keys: [ALT, 'H'] },
  { name: 'list', keys: [ALT, '1–9'] },
  { name: 'navigation', keys: ['['] },
  { name: 'help', keys: ['?'] },
  { name: 'escape', keys: ['Esc'] },
];

export interface ShortcutActions {
  readonly onPalette: () => void;
  readonly onHelp: () => void;
  readonly onNavigation: () => void;
}

export function useShortcuts({ onPalette, onHelp, onNavigation }: ShortcutActions): void {
  const navigate = useNavigate();
  const [locale] = useLocaleState();
  const { main } = recordPlaces(useModel(), locale);
  // Also while somebody types: the keys write nothing.
  useHotkeys([['mod+K', onPalette]], []);
  useHotkeys([
    ['shift+?', onHelp],
    ['[', onNavigation],
    ['alt+H', () => void navigate('/')],
    ...main
      .slice(0, 9)
      .map((entity, at): [string, () => void] => [`alt+${at + 1}`, () => void navigate(`/records/${entity.set}`)]),
  ]);
}
