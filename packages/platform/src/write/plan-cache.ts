// Compiled writes, kept: per principal by the request's shape, and shared between principals whose rights print the same
// SQL. Plans belong to one Model and go when it goes.
import type { EntityType, Model } from '@kartoteka/metadata';
import { LRUCache } from 'lru-cache';
import { OWNER } from '../plan/secured.ts';
import { planWrite } from '../plan/write.ts';
import { authorizeWrite } from '../plan/write-authorize.ts';
import type { TargetTypes, WritePlan } from '../plan/write-plan.ts';
import type { Principal } from '../security/types.ts';
import { type CompiledWrite, compileManyWrites, compileWrite } from '../sql/write.ts';
import type { Representation } from './request.ts';

const PLANS_PER_MODEL = 2_000;
const PLANS_PER_PRINCIPAL = 1_000;

interface ModelPlans {
  readonly plans: LRUCache<string, WritePlan>;
  readonly compiled: LRUCache<string, CompiledWrite>;
}

interface KeptWrite {
  readonly model: Model;
  readonly compiled: CompiledWrite;
}

const byModel = new WeakMap<Model, ModelPlans>();

/** Hits and misses of the compiled statements since the process began, for tests and measurements. */
export const planCacheCounters = { hits: 0, compiled: 0 };

/** The shape of a create or update: equal shapes need one plan. */
export interface WriteShape {
  readonly entity: EntityType;
  readonly operation: 'create' | 'update';
  /** Properties written. */
  readonly names: readonly string[];
  /** Which of several targets its lookups name. */
  readonly types: TargetTypes;
  readonly versioned: boolean;
  readonly representation: Representation | null;
  readonly images: boolean;
  /** Secured properties whose values come from hooks (trustedProperties). */
  readonly trusted: readonly string[];
  /** For many records at once (compileManyWrites). */
  readonly many?: boolean;
}

/** The compiled statement for a shape and a principal. Throws the errors of planWrite and authorizeWrite. */
export function compiledWrite(model: Model, principal: Principal, shape: WriteShape): CompiledWrite {
  const many = shape.many === true ? 'm' : '';
  const flags = `${shape.versioned ? 'v' : ''}${shape.images ? 'i' : ''}${many}${typesKey(shape.types)}`;
  const names = shape.trusted.length === 0 ? shape.names : [...shape.names, 'trusted:', ...shape.trusted];
  const key = `${shape.operation} ${shape.entity.name} ${flags} ${names.join(',')} ${shape.representation?.key ?? ''}`;
  const kept = principal.plans.get(key) as KeptWrite | undefined;
  if (kept !== undefined && kept.model === model) {
    planCacheCounters.hits += 1;
    return kept.compiled;
  }
  const compiled = sharedWrite(model, principal, shape, flags);
  keepPlan(principal, key, { model, compiled } satisfies KeptWrite);
  return compiled;
}

/** Names of entities and properties hold none of these marks; null is told from every name. */
export function typesKey(types: TargetTypes): string {
  let key = '';
  for (const [property, target] of types) key += ` ${property}=${target ?? ''}`;
  return key;
}

/** Keeps something compiled for the principal, and never more than a bounded number of things. */
export function keepPlan(principal: Principal, key: string, plan: unknown): void {
  if (principal.plans.size >= PLANS_PER_PRINCIPAL) principal.plans.clear();
  principal.plans.set(key, plan);
}

function sharedWrite(model: Model, principal: Principal, shape: WriteShape, flags: string): CompiledWrite {
  const shared = plansOf(model);
  const planKey = planKeyOf(shape);
  const plan = plannedWrite(model, shape);
  const authorized = authorizeWrite(plan, model, principal, shape.trusted);
  const rights = plan.accesses.map(({ entity, privilege }) => principal.access(entity.name, privilege).shapeKey);
  const compiledKey = JSON.stringify([planKey, flags, shape.representation?.key ?? null, rights]);
  let compiled = shared.compiled.get(compiledKey);
  if (compiled === undefined) {
    compiled =
      shape.many === true
        ? compileManyWrites(authorized, shape.images)
        : compileWrite(authorized, {
            body: shape.representation?.print ?? null,
            brief: shape.representation?.brief === true,
            images: shape.images,
          });
    planCacheCounters.compiled += 1;
    shared.compiled.set(compiledKey, compiled);
  }
  return compiled;
}

function planKeyOf(shape: WriteShape): string {
  const ruled = isRuled(shape) ? 'ruled ' : '';
  return `${shape.operation} ${ruled}${shape.entity.name} ${shape.versioned}${typesKey(shape.types)} ${[...shape.names].sort().join(',')}`;
}

/** A hook has named the owner of what is made. */
function isRuled({ entity, trusted }: WriteShape): boolean {
  return entity.ownership === 'user' && trusted.includes(OWNER);
}

/** The plan of a shape, not authorized. Throws the errors of planWrite. */
export function plannedWrite(model: Model, shape: WriteShape): WritePlan {
  const { plans } = plansOf(model);
  const key = planKeyOf(shape);
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = planWrite(
      model,
      shape.entity,
      shape.operation,
      new Set(shape.names),
      shape.versioned,
      shape.types,
      isRuled(shape),
    );
    plans.set(key, plan);
  }
  return plan;
}

function plansOf(model: Model): ModelPlans {
  let plans = byModel.get(model);
  if (plans === undefined) {
    plans = { plans: new LRUCache({ max: PLANS_PER_MODEL }), compiled: new LRUCache({ max: PLANS_PER_MODEL }) };
    byModel.set(model, plans);
  }
  return plans;
}
