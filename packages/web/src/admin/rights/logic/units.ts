// Business units as a tree, from the list of them. Pure.

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly parent_id: string | null;
  readonly '@odata.etag'?: string;
}
export interface UnitNode extends Unit {
  readonly level: number;
  readonly children: readonly UnitNode[];
}

/** Roots in order of name. A unit whose parent is not in the list (it may not be read) is a root. */
export function unitTree(units: readonly Unit[]): readonly UnitNode[] {
  const known = new Set(units.map(({ id }) => id));
  const byParent = Map.groupBy(units, ({ parent_id }) =>
    parent_id !== null && known.has(parent_id) ? parent_id : null,
  );
  const under = (parent: string | null, level: number): readonly UnitNode[] =>
    (byParent.get(parent) ?? [])
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .map((unit) => ({ ...unit, level, children: under(unit.id, level + 1) }));
  return under(null, 0);
}

/** The nodes in the order in which they stand below each other; what is below a closed one is left out. */
export function shownNodes(nodes: readonly UnitNode[], closed: ReadonlySet<string>): readonly UnitNode[] {
  return nodes.flatMap((node) => [node, ...(closed.has(node.id) ? [] : shownNodes(node.children, closed))]);
}

/** Units under which one can be put: neither itself nor what is below it. */
export function newParents(units: readonly Unit[], moved: string): readonly Unit[] {
  const within = new Set([moved]);
  for (let grown = true; grown; ) {
    const before = within.size;
    for (const { id, parent_id } of units) if (parent_id !== null && within.has(parent_id)) within.add(id);
    grown = within.size > before;
  }
  return units.filter(({ id }) => !within.has(id)).toSorted((one, other) => one.name.localeCompare(other.name));
}
