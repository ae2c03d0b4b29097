// Search and commands (Ctrl K): go to an entity, a view, a page of the administration; find records; do what is done often.
import '../theme/more-styles.css';
import '@mantine/spotlight/styles.layer.css';
import { Loader, Modal, useComputedColorScheme, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { IconSearch } from '@tabler/icons-react';
import { useLocaleState, useTranslate } from 'ra-core';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { useModel } from '../data/model.tsx';
import { type Command, commandsOf, matching } from './commands.tsx';
import { useRecordSearch } from './record-search.tsx';

const [store, palette] = createSpotlight();
/** Without words: what a person may want first, not everything there is. */
const MOST = 8;

export interface PaletteProps {
  readonly onClose: () => void;
  readonly onShortcuts: () => void;
}

export function Palette({ onClose, onShortcuts }: PaletteProps) {
  const translate = useTranslate();
  const [query, setQuery] = useState('');
  const [words] = useDebouncedValue(query.trim(), 200);
  const records = useRecordSearch(words);
  const commands = useCommands(onShortcuts);
  const groups = [
    ...groupsOf(matching(commands, query), query.trim() === '' ? MOST : 20),
    ...(words === '' ? [] : groupsOf(records.found, 20)),
  ];
  useEffect(() => {
    palette.open();
    return () => palette.close();
  }, []);
  return (
    <Spotlight.Root
      store={store}
      shortcut={null}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      scrollable
      maxHeight={420}
      overlayProps={{ backgroundOpacity: 0.3, blur: 0 }}
      transitionProps={{ duration: 100 }}
    >
      <VisuallyHidden>
        <Modal.Title>{translate('app.palette.open')}</Modal.Title>
      </VisuallyHidden>
      <Spotlight.Search
        placeholder={translate('app.palette.placeholder')}
        aria-label={translate('app.palette.placeholder')}
        leftSection={<IconSearch size={18} aria-hidden />}
        rightSection={
          records.isSearching ? (
            <Loader size="xs" role="status" aria-label={translate('app.palette.searching')} />
          ) : null
        }
        data-autofocus
      />
      <Spotlight.ActionsList>
        {groups.map(({ group, commands: shown }) => (
          <Spotlight.ActionsGroup key={group} label={translate(`app.palette.${group}`)}>
            {shown.map(({ id, label, description, icon, run }) => (
              <Spotlight.Action key={id} label={label} description={description} leftSection={icon} onClick={run} />
            ))}
          </Spotlight.ActionsGroup>
        ))}
        {groups.length === 0 && !records.isSearching && (
          <Spotlight.Empty>{translate(records.failed ? 'app.palette.failed' : 'app.palette.nothing')}</Spotlight.Empty>
        )}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}

function useCommands(onShortcuts: () => void): readonly Command[] {
  const model = useModel();
  const translate = useTranslate();
  const navigate = useNavigate();
  const [locale, setLocale] = useLocaleState();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  return commandsOf({
    ...{ model, locale, translate, isDark, onShortcuts },
    go: (path) => void navigate(path),
    setLocale: (next) => void setLocale(next),
    setDark: (next) => setColorScheme(next ? 'dark' : 'light'),
  });
}

/** In the order in which their groups first appear; at most `most` of each. */
function groupsOf(commands: readonly Command[], most: number): { group: string; commands: readonly Command[] }[] {
  const groups = Map.groupBy(commands, ({ group }) => group);
  return [...groups].map(([group, of]) => ({ group, commands: of.slice(0, most) }));
}
