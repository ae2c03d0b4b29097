// A list whose order people change: by dragging, or by keyboard (the handle: arrow up and down). It says which item goes where; what that
// means for the document is for whoever shows it.
import { ActionIcon, Group, Tooltip, VisuallyHidden } from '@mantine/core';
import { IconGripVertical } from '@tabler/icons-react';
import { useTranslate } from 'ra-core';
import { type DragEvent, type KeyboardEvent, type ReactNode, useState } from 'react';
import classes from './Ordered.module.css';

export interface OrderedItem {
  readonly key: string;
  readonly label: string;
}

export function Ordered<T extends OrderedItem>(props: {
  readonly items: readonly T[];
  readonly label: string;
  readonly onMove: (from: number, to: number) => void;
  readonly children: (item: T) => ReactNode;
}) {
  const t = useTranslate();
  const { items, onMove } = props;
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [told, setTold] = useState('');
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= items.length || from === to) return;
    onMove(from, to);
    setTold(t('model.order.moved', { name: items[from]?.label ?? '', place: to + 1, of: items.length }));
  };
  const onKeyDown = (event: KeyboardEvent, at: number): void => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(at, at + step);
  };
  const drop = (event: DragEvent, at: number): void => {
    event.preventDefault();
    if (dragged !== null) move(dragged, at);
    setDragged(null);
    setOver(null);
  };
  return (
    <>
      <ul className={classes.list} aria-label={props.label}>
        {items.map((item, at) => (
          <li
            key={item.key}
            className={classes.item}
            data-over={over === at && dragged !== at ? true : undefined}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(at);
            }}
            onDrop={(event) => drop(event, at)}
          >
            <Group gap="xs" wrap="nowrap" align="center">
              <Tooltip label={t('model.order.handle')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  draggable
                  className={classes.handle ?? ''}
                  aria-label={t('model.order.move', { name: item.label })}
                  onKeyDown={(event) => onKeyDown(event, at)}
                  onDragStart={(event) => {
                    event.dataTransfer.effectAllowed = 'move';
                    event.dataTransfer.setData('text/plain', item.key);
                    setDragged(at);
                  }}
                  onDragEnd={() => {
                    setDragged(null);
                    setOver(null);
                  }}
                >
                  <IconGripVertical size={16} />
                </ActionIcon>
              </Tooltip>
              <div className={classes.content}>{props.children(item)}</div>
            </Group>
          </li>
        ))}
      </ul>
      <VisuallyHidden aria-live="assertive">{told}</VisuallyHidden>
    </>
  );
}
