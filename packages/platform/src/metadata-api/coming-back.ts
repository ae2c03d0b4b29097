// Kept values that come back with a publish: tables of an uninstalled package, and columns that removed fields have left. Whom roles then
// give them is judged like everything that is given; only can nobody hold rights on what is gone. It reads Models and no records.
import { type EntityType, type Model, type Navigation, PRIVILEGES, type Privilege } from '@kartoteka/metadata';
import { PlatformError } from '../errors.ts';
import type { PublishPlan } from '../publish/plan.ts';
import { type RuleConditions, rulesOf } from '../security/ability.ts';
import { isWithin } from '../security/escalation.ts';
import type { UserPrincipal } from '../security/principals.ts';

export const EVERY_RECORD: RuleConditions = { source: 'all', ids: [], property: null, right: 0, when: null };

/** The parts of a plan that say what comes back, and to whom. */
export type ComingBack = Pick<PublishPlan, 'model' | 'restored'> & { readonly before: Model };

/** Tables, and columns as `table.column`, that have kept values after the publish: their own, or those of a former type. */
export function comingBack({ restored, conversions }: Pick<PublishPlan, 'restored' | 'conversions'>): string[] {
  const former = conversions.filter((each) => each.former !== null);
  return [...restored, ...former.map(({ table, to }) => `${table}.${to}`)];
}

/**
 * Throws escalation where roles give something on kept records, or a kept secured field, and one of the givers does not hold all that
 * roles give now, on every record: who does would hold it there as well.
 */
export function requireKeptGivable(givers: readonly UserPrincipal[], { before, model, restored }: ComingBack): void {
  if (restored.length === 0) return;
  const what = givenBack(model, new Set(restored));
  if (what === undefined || givers.every((giver) => holdsAllGiven(giver, before))) return;
  throw new PlatformError('escalation', { what });
}

/** The first that a role gives of what comes back. */
function givenBack({ entities, roles }: Model, restored: ReadonlySet<string>): string | undefined {
  const isBack = (name: string): boolean => restored.has(entities.get(name)?.table ?? '');
  for (const { grants, fieldPermissions } of roles.values()) {
    const grant = grants.find(({ entity }) => isBack(entity));
    if (grant !== undefined) return `${grant.privilege} on ${grant.entity}, whose kept records come back`;
    const permission = fieldPermissions.find(
      ({ entity, field }) => isBack(entity) || columnsOf(entities.get(entity), field).some((key) => restored.has(key)),
    );
    if (permission === undefined) continue;
    const { right, entity, field } = permission;
    return `${right} of the secured field ${entity}.${field}, whose kept values come back`;
  }
  return undefined;
}

/** As `restored` of a plan names them. */
function columnsOf(entity: EntityType | undefined, field: string): readonly string[] {
  const own = [...(entity?.properties.values() ?? [])].filter((property) => property.field === field);
  return own.map(({ column }) => `${entity?.table}.${column}`);
}

/** Whether a lookup that is not there before the publish has values after it all the same. */
export function isLookupBack(entity: EntityType, { property }: Navigation, restored: readonly string[]): boolean {
  const column = entity.properties.get(property)?.column;
  return restored.includes(entity.table) || restored.includes(`${entity.table}.${column}`);
}

function holdsAllGiven(giver: UserPrincipal, { entities, roles }: Model): boolean {
  const given = new Map<string, Set<Privilege>>();
  for (const { grants, fieldPermissions } of roles.values()) {
    if (fieldPermissions.some(({ entity, field, right }) => !giver.permits(entity, field, right))) return false;
    for (const { entity, privilege, depth } of grants) {
      if (entities.get(entity)?.ownership === 'organization' && depth !== 'organization') continue;
      given.set(entity, (given.get(entity) ?? new Set()).add(privilege));
    }
  }
  return [...given].every(([entity, privileges]) =>
    PRIVILEGES.every(
      (privilege) => !privileges.has(privilege) || isWithin(EVERY_RECORD, rulesOf(giver.ability, privilege, entity)),
    ),
  );
}
