// Who asks, as principals of the engine: users, users acting as others, and the same with lists of other shapes, which must never
// be of influence on what is answered. It must not be imported by product code.
import type { Model, Privilege } from '@kartoteka/metadata';
import type { Executor } from '../../storage/types.ts';
import { combine } from '../acting.ts';
import { type Random, randomOf } from '../oracle/random.ts';
import type { Asker } from '../oracle/world.ts';
import { resolvePrincipal } from '../principals.ts';
import type { Access, AccessArm, Cardinality, Principal } from '../types.ts';

/** Null: the engine lets one of them do nothing. `shapes`: a seed of other shapes of lists; null: those that the engine chooses. */
export async function principalFor(
  executor: Executor,
  model: Model,
  me: Asker,
  shapes: number | null,
): Promise<Principal | null> {
  const found =
    typeof me === 'string' ? await resolvePrincipal(executor, model, me) : await acting(executor, model, me);
  return found === null || shapes === null ? found : inOtherShapes(found, randomOf(shapes));
}

async function acting(
  executor: Executor,
  model: Model,
  { user, caller }: Exclude<Asker, string>,
): Promise<Principal | null> {
  const one = await resolvePrincipal(executor, model, user);
  const other = await resolvePrincipal(executor, model, caller);
  return one === null || other === null ? null : combine(one, other);
}

function inOtherShapes(principal: Principal, random: Random): Principal {
  const known = new Map<string, Access>();
  const access = (entity: string, privilege: Privilege): Access => {
    const key = `${privilege} ${entity}`;
    const found = known.get(key) ?? reshaped(principal.access(entity, privilege), random);
    known.set(key, found);
    return found;
  };
  // What is measured would choose the shapes anew.
  return { ...principal, access, plans: new Map(), ready: async () => {} };
}

function reshaped(access: Access, random: Random): Access {
  const arms = access.arms.map((arm) => reshapedArm(arm, random));
  const also = access.also === undefined ? {} : { also: reshaped(access.also, random) };
  const shapes = arms.map(({ cardinality, probes }) => `${cardinality} ${probes}`);
  return { ...access, ...also, arms, shapeKey: `${access.shapeKey} as ${shapes}${also.also?.shapeKey ?? ''}` };
}

const CARDINALITIES: readonly Cardinality[] = ['one', 'few', 'many', 'sparse', 'dense'];

/** `one` only where there is one id. */
function reshapedArm(arm: AccessArm, random: Random): AccessArm {
  const ids = arm.ids.split(',').length;
  const shares = arm.source === 'shares' || arm.source === 'parent_shares';
  const drawn = random.pick(CARDINALITIES);
  const cardinality = drawn === 'one' && (ids > 1 || shares) ? 'few' : drawn;
  const probes = cardinality === 'one' ? 1 : cardinality === 'few' ? 2 ** Math.ceil(Math.log2(ids)) : 0;
  return { ...arm, cardinality, probes };
}
