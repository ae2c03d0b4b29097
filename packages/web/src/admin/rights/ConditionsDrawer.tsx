// One row of the matrix at length: every privilege's depth by name, and the condition under which it holds, checked while it is typed.

import { PRIVILEGES } from '@kartoteka/metadata';
import { Drawer, Select, Stack, Text } from '@mantine/core';
import { useTranslate } from 'ra-core';
import { useEditedModel } from '../model/data/documents.ts';
import type { Json } from '../model/logic/paths.ts';
import { ExpressionInput } from '../model/ui/ExpressionInput.tsx';
import { DepthGlyph } from './DepthGlyph.tsx';
import { type Cell, type CellEdit, cellOf, type Depth, depthsFor } from './logic/matrix.ts';
import type { LabelledEntity } from './MatrixGrid.tsx';

export interface ConditionsDrawerProps {
  readonly entity: LabelledEntity;
  readonly body: Json | null;
  readonly onEdit: (edits: readonly CellEdit[]) => void;
  readonly onClose: () => void;
}

export function ConditionsDrawer({ entity, body, onEdit, onClose }: ConditionsDrawerProps) {
  const t = useTranslate();
  const { entities } = useEditedModel();
  const applicable = PRIVILEGES.filter((privilege) => depthsFor(entity.ownership, privilege).length > 0);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={640}
      title={t('rights.conditions.title', { entity: entity.label })}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      <Stack gap="lg">
        <Text size="sm" c="dimmed">
          {t('rights.conditions.text')}
        </Text>
        {applicable.map((privilege) => {
          const cell = cellOf(body, entity, privilege);
          const set = (next: Cell): void => onEdit([{ entity, privilege, cell: next }]);
          const name = t(`rights.privilege.${privilege}`);
          return (
            <Stack key={privilege} gap={6}>
              <Select
                label={name}
                allowDeselect={false}
                leftSection={<DepthGlyph depth={cell.depth} />}
                data={depthsFor(entity.ownership, privilege).map((depth) => ({
                  value: depth,
                  label: t(`rights.depth.${depth}`),
                }))}
                value={cell.depth}
                onChange={(depth) => {
                  if (depth !== null) set({ ...(depth === 'none' ? {} : cell), depth: depth as Depth });
                }}
              />
              {/* A new record is judged by its condition as well, so create has one, too. */}
              {cell.depth !== 'none' && (
                <ExpressionInput
                  label={t('rights.conditions.when', { privilege: name })}
                  placeholder={t('rights.conditions.always')}
                  value={cell.when ?? ''}
                  entities={entities}
                  rules={{ entity: entity.name, place: 'record', expects: 'boolean', secret: 'refused' }}
                  onChange={(text) => set(text === '' ? { depth: cell.depth } : { depth: cell.depth, when: text })}
                />
              )}
            </Stack>
          );
        })}
      </Stack>
    </Drawer>
  );
}
