// The model as a graph: entities, and the relations that their fields make; and which part of it is shown. Pure; layout.ts says
// where each thing stands.
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
  // What is connected with hidden entities alone goes with them.
  const others = (name: string): string[] =>
    relations.flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : []));
  const isHidden = (name: string): boolean =>
    hidden.has(name) ||
    (hidden.size > 0 && others(name).length > 0 && others(name).every((other) => hidden.has(other)));
  const isShown = (name: string): boolean => shown.has(name) && (!isHidden(name) || (lower !== '' && found.has(name)));
  return {
    entities: entities.filter(({ name }) => isShown(name)),
    relations: relations.filter(
      ({ from, to }) => isShown(from) && isShown(to) && (lower === '' || found.has(from) || found.has(to)),
    ),
  };
}
