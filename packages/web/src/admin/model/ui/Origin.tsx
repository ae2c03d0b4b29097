// Which layer something comes from, what the draft does to it, and the way back to what lower layers say.
import { ActionIcon, Badge, Group, Tooltip } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import type { DraftChange, Origin } from '../logic/layered.ts';

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
  const color = layer === 'base' ? 'gray' : layer === 'custom' ? 'blue' : 'violet';
  return (
    <Badge tt="none" size="sm" variant="light" color={color}>
      {nameOf(layer)}
    </Badge>
  );
}

const DRAFT_COLORS: Readonly<Record<DraftChange, string>> = { added: 'green', changed: 'yellow', removed: 'red' };

export function DraftBadge({ change }: { readonly change: DraftChange | undefined }) {
  const t = useTranslate();
  if (change === undefined) return null;
  return (
    <Badge tt="none" size="sm" variant="light" color={DRAFT_COLORS[change]}>
      {t(`model.draft.${change}`)}
    </Badge>
  );
}

/** Both badges; with `onReset` a button that takes the customisation out where there is one. */
export function OriginBadges({ origin, onReset }: { readonly origin: Origin; readonly onReset?: () => void }) {
  const t = useTranslate();
  return (
    <Group gap={4} wrap="nowrap">
      <LayerBadge layer={origin.layer} />
      {origin.overrides && origin.layer !== 'custom' ? (
        <Badge tt="none" size="sm" variant="outline" color="blue">
          {t('model.layer.customised')}
        </Badge>
      ) : null}
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
