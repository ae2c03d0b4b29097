// Where entities and relations of a diagram stand: dagre's layered layout. Pure; what draws it is the page, and svg.ts for a file.
import dagre from '@dagrejs/dagre';
import type { Diagram, DiagramEntity, DiagramRelation } from './diagram.ts';

export interface PlacedEntity extends DiagramEntity {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedRelation extends DiagramRelation {
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface PlacedDiagram {
  readonly width: number;
  readonly height: number;
  readonly entities: readonly PlacedEntity[];
  readonly relations: readonly PlacedRelation[];
}

const HEIGHT = 52;
const LETTER = 7.6;
const PADDING = 48;

/** Where everything stands: ranks from left to right, as few crossings as dagre finds. The same diagram stands the same way. */
export function placed({ entities, relations }: Diagram): PlacedDiagram {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 90, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, label } of entities) {
    const width = Math.max(140, Math.round(Math.max(label.length, name.length) * LETTER + PADDING));
    graph.setNode(name, { width, height: HEIGHT });
  }
  // A relation of an entity with itself is drawn beside it; dagre would make room for it in the ranks.
  for (const { id, from, to } of relations) if (from !== to) graph.setEdge(from, to, {}, id);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const at = new Map(
    entities.map((entity) => {
      const node = graph.node(entity.name) as { x: number; y: number; width: number; height: number };
      const [left, top] = [node.x - node.width / 2, node.y - node.height / 2];
      return [entity.name, { ...entity, x: left, y: top, width: node.width, height: node.height }] as const;
    }),
  );
  return {
    width: Number.isFinite(width) ? Math.max(0, width) : 0,
    height: Number.isFinite(height) ? Math.max(0, height) : 0,
    entities: [...at.values()],
    relations: relations.map((relation) => ({ ...relation, points: pointsOf(graph, relation, at) })),
  };
}

type Points = PlacedRelation['points'];

function pointsOf(
  graph: InstanceType<typeof dagre.graphlib.Graph>,
  { id, from, to }: DiagramRelation,
  at: ReadonlyMap<string, PlacedEntity>,
): Points {
  const self = at.get(from);
  if (from === to && self !== undefined) {
    const [right, middle] = [self.x + self.width, self.y + self.height / 2];
    return [
      { x: right, y: middle - 10 },
      { x: right + 24, y: middle - 10 },
      { x: right + 24, y: middle + 10 },
      { x: right, y: middle + 10 },
    ];
  }
  const edge = graph.edge({ v: from, w: to, name: id }) as { points?: Points } | undefined;
  return edge?.points ?? [];
}
