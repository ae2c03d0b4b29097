// The model as a graph: entities, and the relations that their fields make; which part of it is shown, and where each thing stands. Pure;
// what draws it is the page, and svg.ts for a file.
import dagre from '@dagrejs/dagre';
import { FIELD_TYPES } from '@kartoteka/metadata';
import { attempt, contextOf, type EditedModel } from './scope.ts';

export interface DiagramEntity {
  readonly name: string;
  readonly label: string;
  readonly fields: number;
  readonly custom: boolean;
}

export interface DiagramRelation {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Fields that make it, one line for all between the same two. */
  readonly fields: readonly string[];
  readonly many: boolean;
}

export interface Diagram {
  readonly entities: readonly DiagramEntity[];
  readonly relations: readonly DiagramRelation[];
}

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

/** The whole model; relations of several fields between the same entities are one. */
export function diagramOf(
  model: EditedModel,
  about: (entity: string) => { readonly label: string; readonly custom: boolean },
): Diagram {
  const entities = [...model.entities.values()].map(({ name, fields }) => ({
    name,
    fields: Object.keys(fields).length,
    ...about(name),
  }));
  const relations = new Map<string, DiagramRelation>();
  for (const { name: from, fields } of model.entities.values()) {
    for (const [field, document] of Object.entries(fields)) {
      const type = FIELD_TYPES.get(document.type);
      const context = contextOf(model, field);
      const one = (attempt(() => type?.relations?.(document, context)) ?? []).map(({ target }) => ({
        target,
        many: false,
      }));
      const links = attempt(() => type?.associations?.(document, context)) ?? [];
      for (const { target: to, many } of [...one, ...links.map(({ target }) => ({ target, many: true }))]) {
        if (!model.entities.has(to)) continue;
        const id = `${from} ${to} ${many ? 'many' : 'one'}`;
        relations.set(id, { id, from, to, many, fields: [...(relations.get(id)?.fields ?? []), field] });
      }
    }
  }
  return { entities, relations: [...relations.values()] };
}

/** The entities whose name or label has the text, with their neighbours; all for an empty one. */
export function filtered(
  { entities, relations }: Diagram,
  text: string,
  hidden: ReadonlySet<string> = new Set(),
): Diagram {
  const lower = text.trim().toLowerCase();
  const found = new Set(
    entities
      .filter(({ name, label }) => name.toLowerCase().includes(lower) || label.toLowerCase().includes(lower))
      .map(({ name }) => name),
  );
  const shown = new Set(found);
  if (lower !== '')
    for (const { from, to } of relations) {
      if (found.has(from)) shown.add(to);
      if (found.has(to)) shown.add(from);
    }
  const isShown = (name: string): boolean =>
    shown.has(name) && (!hidden.has(name) || (lower !== '' && found.has(name)));
  return {
    entities: entities.filter(({ name }) => isShown(name)),
    relations: relations.filter(
      ({ from, to }) => isShown(from) && isShown(to) && (lower === '' || found.has(from) || found.has(to)),
    ),
  };
}

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
