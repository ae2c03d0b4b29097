// Errors of rights lead to the explanation of the right that is missing: on the record where whoever asks may read it, else on the entity.
// The one place that puts the links in, for single errors and for the results of many records. It decides no rights.
import type { EntityType } from '@kartoteka/metadata';
import { type ErrorDetail, errorDetail, PlatformError } from '../errors.ts';
import type { RequestEnvironment } from '../pipeline.ts';
import { arrayLiteral } from '../security/directory.ts';
import { bindStatement } from '../sql/bind.ts';
import { readableStatement } from '../sql/explain.ts';

const EXPLAINED: ReadonlySet<string> = new Set([
  'missing_privilege',
  'missing_privilege_on_record',
  'secured_property',
  'escalation',
]);

/** What a right is missing on. */
interface Missing {
  readonly entity: EntityType;
  readonly id: string | null;
}

type Asking = Pick<RequestEnvironment, 'model' | 'principal' | 'database' | 'request'>;

/**
 * The outcomes with links in those that are errors of rights: one statement per entity, none without such an error. `place`: the record that the
 * n-th outcome is of, meant where its error names no other one.
 */
export async function withExplanations<T>(
  env: Asking,
  outcomes: readonly T[],
  place: (index: number) => { readonly entity: EntityType; readonly id: string } | null,
): Promise<readonly (T | PlatformError)[]> {
  const missing = outcomes.map((outcome, at) => missingOf(env, outcome, place(at)));
  if (missing.every((each) => each === null)) return outcomes;
  const readable = await readableIds(env, missing);
  return outcomes.map((outcome, at) => {
    const each = missing[at];
    if (!(outcome instanceof PlatformError) || each === null || each === undefined) return outcome;
    const { entity, id } = each;
    const known = id !== null && readable.has(`${entity.name} ${id}`);
    const target = known ? `${entity.set}(${id})` : entity.set;
    return outcome.with({ target: outcome.target, details: [...outcome.details, linkTo(env, target)] });
  });
}

/** The same of one error; whatever else is thrown stays as it is. */
export async function withExplanation(
  env: Asking,
  error: unknown,
  of: { readonly entity: EntityType; readonly id: string } | null,
): Promise<unknown> {
  return (await withExplanations(env, [error], () => of))[0];
}

/** Whether a detail is such a link. */
export function isExplanation({ code }: ErrorDetail): boolean {
  return code === 'explain_access';
}

function linkTo({ request }: Asking, target: string): ErrorDetail {
  const detail = errorDetail('explain_access', {}, target);
  return { ...detail, '@kartoteka.explain': `${request.baseUrl}/${target}/explain_access` };
}

function missingOf(
  { model }: Asking,
  outcome: unknown,
  place: { readonly entity: EntityType; readonly id: string } | null,
): Missing | null {
  if (!(outcome instanceof PlatformError) || !EXPLAINED.has(outcome.code)) return null;
  if (outcome.details.some(isExplanation)) return null;
  const { entity: name = '', record } = outcome.values;
  const entity = model.entities.get(name);
  if (entity === undefined) return null;
  // What is secured is refused in the same words whichever record is asked for: the link is the entity's.
  if (outcome.code === 'secured_property') return { entity, id: null };
  return { entity, id: record ?? (place?.entity.name === name ? place.id : null) };
}

/** `entity id` of those records that may be read. */
async function readableIds(env: Asking, missing: readonly (Missing | null)[]): Promise<ReadonlySet<string>> {
  const { model, principal, database } = env;
  const wanted = new Map<EntityType, Set<string>>();
  for (const each of missing) {
    if (each?.id == null || !principal.access(each.entity.name, 'read').granted) continue;
    wanted.set(each.entity, (wanted.get(each.entity) ?? new Set()).add(each.id));
  }
  const found = new Set<string>();
  for (const [entity, ids] of wanted) {
    const statement = readableStatement(model, principal, entity);
    const values = { '@ids': arrayLiteral([...ids]) };
    const parameters = bindStatement(statement, { model, principal, literals: [], values });
    // What is refused is told in any case, if need be without the record.
    const rows = await database.run(statement.text, parameters).catch(() => []);
    for (const { id } of rows) found.add(`${entity.name} ${id}`);
  }
  return found;
}
