// Which layer something comes from, what the draft does to it, and the way back to what lower layers say.
import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import type { DraftChange, Origin } from '../logic/layered.ts';
import { Mark } from './Mark.tsx';

/** Name of a layer as people read it. */
export function useLayerName(): (layer: string | undefined) => string {
  const t = useTranslate();
  return (layer) => {
    if (layer === undefined) return '';
    if (layer.startsWith('package:')) return layer.slice('package:'.length);
    return t(layer === 'base' ? 'model.layer.base' : 'model.layer.custom');
  };
}

export function LayerBadge({ layer }: { readonly layer: string | undefined }) {
  const nameOf = useLayerName();
  if (layer === undefined) return null;
  return <Mark {...(layer === 'base' ? {} : { tone: 'own' })}>{nameOf(layer)}</Mark>;
}

export function DraftBadge({ change }: { readonly change: DraftChange | undefined }) {
  const t = useTranslate();
  return change === undefined ? null : <Mark tone={change}>{t(`model.draft.${change}`)}</Mark>;
}

/** Both badges; with `onReset` a button that takes the customisation out where there is one. */
export function OriginBadges({ origin, onReset }: { readonly origin: Origin; readonly onReset?: () => void }) {
  const t = useTranslate();
  return (
    <Group gap={4} wrap="nowrap">
      <LayerBadge layer={origin.layer} />
      {origin.overrides && origin.layer !== 'custom' ? <Mark tone="own">{t('model.layer.customised')}</Mark> : null}
      <DraftBadge change={origin.draft} />
      {origin.overrides && onReset !== undefined ? (
        <Tooltip label={t('model.layer.reset')}>
          <ActionIcon size="sm" variant="subtle" aria-label={t('model.layer.reset')} onClick={onReset}>
            <IconArrowBackUp size={14} />
          </ActionIcon>
        </Tooltip>
      ) : null}
    </Group>
  );
}
