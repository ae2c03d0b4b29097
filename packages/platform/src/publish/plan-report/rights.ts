// What holders of roles gain and lose between two Models: privileges, secured fields, capabilities. It compares what the linker made
// of the roles, wildcards expanded; it decides nothing about anybody's rights.
import { setImmediate as turn } from 'node:timers/promises';
import { type FieldRight, type Model, type Privilege, printExpression, type Role } from '@kartoteka/metadata';
import type { RightChange } from './types.ts';

/** The privilege on the entity that stands for a right on a field which is not secured. */
const OPEN_FIELD: Readonly<Record<FieldRight, Privilege>> = { read: 'read', create: 'create', update: 'write' };
const GRANTED = 'granted';

/** Every right that differs, by role in the order of names; with `before` null everything is gained. */
export async function rightChanges(before: Model | null, after: Model): Promise<RightChange[]> {
  const names = [...new Set([...(before?.roles.keys() ?? []), ...after.roles.keys()])].sort();
  const secured = securedFields(before, after);
  const changes: RightChange[] = [];
  for (const role of names) {
    const [old, next] = [before?.roles.get(role), after.roles.get(role)];
    const rights = (of: Role | undefined, model: Model | null): Map<string, string> =>
      of === undefined || model === null ? new Map() : rightsOf(of, model, secured);
    changes.push(...differing(role, rights(old, before), rights(next, after)));
    // A role may have rights on a thousand entities: others get their turn between two.
    await turn();
  }
  return changes;
}

function differing(
  role: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): RightChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const [old, next] = [before.get(key) ?? null, after.get(key) ?? null];
    if (old === next) return [];
    const [entity = '', field = '', right = ''] = key.split(' ');
    return [{ role, entity: entity || null, field: field || null, right, before: old, after: next }];
  });
}

/** Rights by `entity field right`. */
function rightsOf(role: Role, model: Model, secured: ReadonlySet<string>): Map<string, string> {
  const rights = new Map<string, string>();
  for (const { entity, privilege, depth, when } of role.grants) {
    const text = when === null ? depth : `${depth} when ${printExpression(when)}`;
    const key = `${entity}  ${privilege}`;
    const other = rights.get(key);
    rights.set(key, other === undefined ? text : `${other}; ${text}`);
  }
  for (const name of secured) {
    const [entity = '', field = ''] = name.split(' ');
    if (model.entities.get(entity)?.fields.has(field) !== true) continue;
    for (const right of Object.keys(OPEN_FIELD) as FieldRight[]) {
      if (holdsField(role, model, entity, field, right)) rights.set(`${name} ${right}`, GRANTED);
    }
  }
  for (const capability of role.capabilities) rights.set(`  ${capability}`, GRANTED);
  return rights;
}

function holdsField(role: Role, model: Model, entity: string, field: string, right: FieldRight): boolean {
  if (isSecured(model, entity, field)) {
    return role.fieldPermissions.some((each) => each.entity === entity && each.field === field && each.right === right);
  }
  return role.grants.some((grant) => grant.entity === entity && grant.privilege === OPEN_FIELD[right]);
}

/** Fields that are secured in either Model, as `entity field`. */
function securedFields(...models: readonly (Model | null)[]): Set<string> {
  const names = new Set<string>();
  for (const model of models) {
    for (const entity of model?.entities.values() ?? []) {
      for (const field of entity.fields.values()) {
        if (field.document.secured === true) names.add(`${entity.name} ${field.name}`);
      }
    }
  }
  return names;
}

function isSecured(model: Model, entity: string, field: string): boolean {
  return model.entities.get(entity)?.fields.get(field)?.document.secured === true;
}
