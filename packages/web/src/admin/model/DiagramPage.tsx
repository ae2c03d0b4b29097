// The model as a diagram: entities and what connects them. A click opens an entity; what is shown can be narrowed, and saved as a file.

import { systemNavigations } from '@kartoteka/metadata';
import { Button, Checkbox, Group, TextInput, useMantineColorScheme } from '@mantine/core';
import { IconDownload, IconSearch } from '@tabler/icons-react';
import {
  Background,
  BaseEdge,
  Controls,
  type Edge,
  type EdgeProps,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { useTranslate } from 'ra-core';
import { useMemo, useState } from 'react';
import { useNavigate } from 'react-router';
import { useModel, useText } from '../../data/model.tsx';
import { EmptyState, Page } from '../../ui/index.ts';
import classes from './DiagramPage.module.css';
import { useEditedModel, useListed } from './data/documents.ts';
import { type DiagramEntity, diagramOf, filtered } from './logic/diagram.ts';
import { type PlacedDiagram, type PlacedRelation, placed } from './logic/layout.ts';
import { linePath, svgOf } from './logic/svg.ts';
import { Areas } from './ui/Areas.tsx';
import { DraftBar } from './ui/DraftBar.tsx';

type RelationEdge = Edge<{ readonly points: PlacedRelation['points'] }, 'relation'>;
type EntityNode = Node<DiagramEntity & { readonly [key: string]: unknown }, 'entity'>;

function EntityBox({ data }: NodeProps<EntityNode>) {
  return (
    <div className={classes.entity} data-custom={data.custom || undefined}>
      <Handle type="target" position={Position.Left} className={classes.handle ?? ''} isConnectable={false} />
      <div className={classes.label}>{data.label}</div>
      <div className={classes.name}>{data.name}</div>
      <Handle type="source" position={Position.Right} className={classes.handle ?? ''} isConnectable={false} />
    </div>
  );
}

/** The line that the layout has found: it goes round other entities. */
function RelationLine({ data, markerEnd, markerStart }: EdgeProps<RelationEdge>) {
  return <BaseEdge path={linePath(data?.points ?? [])} markerEnd={markerEnd} markerStart={markerStart} />;
}

const NODE_TYPES = { entity: EntityBox };
const EDGE_TYPES = { relation: RelationLine };

const nodesOf = ({ entities }: PlacedDiagram, describe: (entity: DiagramEntity) => string): EntityNode[] =>
  entities.map((entity) => ({
    id: entity.name,
    type: 'entity',
    position: { x: entity.x, y: entity.y },
    width: entity.width,
    height: entity.height,
    ariaLabel: describe(entity),
    data: { ...entity },
  }));

const edgesOf = ({ relations }: PlacedDiagram): RelationEdge[] =>
  relations.map(({ id, from, to, many, fields, points }) => ({
    id,
    type: 'relation',
    source: from,
    target: to,
    data: { points },
    ariaLabel: fields.join(', '),
    markerEnd: { type: MarkerType.ArrowClosed },
    ...(many ? { markerStart: { type: MarkerType.ArrowClosed } } : {}),
  }));

function download(svg: string): void {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'model.svg';
  link.click();
  URL.revokeObjectURL(url);
}

/** Who owns and changes records, as ownership has it: they are connected with everything, and hide the rest. */
const PRINCIPALS: ReadonlySet<string> = new Set(systemNavigations('user').map(({ target }) => target));

export function DiagramPage() {
  const t = useTranslate();
  const navigate = useNavigate();
  const { colorScheme } = useMantineColorScheme();
  const { diagram, shown } = useShown();
  const { text, setText, principals, setPrincipals, layout } = shown;
  const nodes = useMemo(
    () => nodesOf(layout, ({ label, fields }) => t('model.diagram.entity', { name: label, smart_count: fields })),
    [layout, t],
  );
  const edges = useMemo(() => edgesOf(layout), [layout]);
  return (
    <Page
      title={t('model.diagram.title')}
      wide
      tabs={<Areas area="diagram" />}
      actions={
        <>
          <DraftBar />
          <Button
            variant="default"
            leftSection={<IconDownload size={16} />}
            disabled={nodes.length === 0}
            onClick={() => download(svgOf(layout, t('model.diagram.title')))}
          >
            {t('model.diagram.export')}
          </Button>
        </>
      }
    >
      <Group mb="sm">
        <TextInput
          leftSection={<IconSearch size={16} />}
          placeholder={t('model.diagram.filter')}
          aria-label={t('model.diagram.filter')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          w={280}
        />
        <Checkbox
          label={t('model.diagram.principals')}
          checked={principals}
          onChange={(event) => setPrincipals(event.currentTarget.checked)}
        />
      </Group>
      {nodes.length === 0 && diagram.entities.length > 0 ? (
        <EmptyState title={t('model.entity.none')} text={t('model.entity.none_text')} />
      ) : (
        <section className={classes.canvas} aria-label={t('model.diagram.title')}>
          <ReactFlow
            // Fits the view anew where something else is shown.
            key={nodes.map(({ id }) => id).join(' ')}
            nodes={nodes}
            edges={edges}
            nodeTypes={NODE_TYPES}
            edgeTypes={EDGE_TYPES}
            colorMode={colorScheme === 'auto' ? 'system' : colorScheme}
            fitView
            minZoom={0.1}
            nodesDraggable={false}
            nodesConnectable={false}
            edgesFocusable={false}
            onNodeClick={(_event, { id }) => navigate(`/admin/model/${id}`)}
            onNodesChange={() => {}}
            ariaLabelConfig={{
              'controls.zoomIn.ariaLabel': t('model.diagram.zoom_in'),
              'controls.zoomOut.ariaLabel': t('model.diagram.zoom_out'),
              'controls.fitView.ariaLabel': t('model.diagram.fit'),
            }}
          >
            <Background />
            <Controls showInteractive={false} />
          </ReactFlow>
        </section>
      )}
    </Page>
  );
}

function useShown() {
  const say = useText();
  const client = useModel();
  const listed = useListed();
  const { model } = useEditedModel();
  const [text, setText] = useState('');
  const [principals, setPrincipals] = useState(false);
  const diagram = useMemo(() => {
    const lowest = new Map(
      (listed.data ?? []).filter(({ kind }) => kind === 'entity').map((each) => [each.name, each.layers[0]]),
    );
    return diagramOf(model, (name) => ({
      label: say(client.entities[name]?.label) || name,
      custom: listed.data !== undefined && lowest.get(name) !== 'base',
    }));
  }, [model, listed.data, client, say]);
  const layout = useMemo(
    () => placed(filtered(diagram, text, principals ? undefined : PRINCIPALS)),
    [diagram, text, principals],
  );
  return { diagram, shown: { text, setText, principals, setPrincipals, layout } };
}
