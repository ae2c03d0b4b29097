// What an export of a list reads: its records, or the rows that $apply makes of them. Planned and authorized here (capability export),
// with the columns of what is shown.
import type { EntityType } from '@kartoteka/metadata';
import { languageOf } from '../formatted-values.ts';
import { appliedOptions, collectionKey, filterShape, searchOf, searchWithin } from '../list-request.ts';
import { planApply } from '../plan/apply.ts';
import { authorizeRead } from '../plan/authorize.ts';
import { planList } from '../plan/read.ts';
import type { ReadPlan } from '../plan/read-plan.ts';
import { compileRead, keptRead } from '../read-cache.ts';
import type { ApplyNode } from '../request/apply.ts';
import { pageOf } from '../request/page.ts';
import { allowOptions, type QueryOptions } from '../request/query-options.ts';
import type { TokenValues } from '../request/skiptoken.ts';
import type { ReadEnvironment } from '../run-read.ts';
import { header } from '../shape.ts';
import { compileApply } from '../sql/apply.ts';
import { compileCollection } from '../sql/read.ts';
import { recordColumns, rowColumns } from './columns.ts';
import type { PageSource } from './pages.ts';
import type { ExportColumn } from './table.ts';

/** Numbers as text, so that none loses a digit; nothing beside the properties. */
const FORMAT = { ieee754: true, metadata: 'none' } as const;
const READ_FORMAT = { ieee754: true, annotations: false } as const;

const OPTIONS = new Set<keyof QueryOptions>([
  'apply',
  'filter',
  'select',
  'expand',
  'orderby',
  'top',
  'skip',
  'format',
  'search',
  'compute',
]);

export interface ListSource extends PageSource {
  readonly columns: readonly ExportColumn[];
}

/** Throws the errors of the options and of planning ($count and $skiptoken do not apply), and missing_capability. */
export function listSource(env: ReadEnvironment, entity: EntityType, sent: QueryOptions): ListSource {
  allowOptions(sent, OPTIONS);
  const { options, apply } = appliedOptions(sent);
  return apply === null ? recordSource(env, entity, options) : rowSource(env, entity, options, apply);
}

type Of<Kind extends ReadPlan['kind']> = Extract<ReadPlan, { kind: Kind }>;

function recordSource(env: ReadEnvironment, entity: EntityType, options: QueryOptions): ListSource {
  const { model, principal } = env;
  const parts = partsOf(env, entity, options, searchOf(options));
  const planned = (after: TokenValues | null): Of<'collection'> => {
    const page = { top: null, skip: after === null ? parts.skip : 0, count: false, paged: true };
    return { ...planList(model, entity, options, page, after), whole: true };
  };
  const { plan, visible } = authorizeRead(planned(null), model, principal);
  const columns = recordColumns(plan.select, visible, languageIn(env));
  const compiled = async (after: TokenValues | null) => {
    const key = parts.key(after);
    return (
      keptRead(principal, key) ?? compileRead(env, key, planned(after), (own) => compileCollection(own, READ_FORMAT))
    );
  };
  return { ...parts, columns, exact: holdsJson(columns), compiled };
}

function rowSource(
  env: ReadEnvironment,
  entity: EntityType,
  options: QueryOptions,
  nodes: readonly ApplyNode[],
): ListSource {
  const { model, principal } = env;
  const parts = partsOf(env, entity, options, searchWithin(nodes));
  const planned = (after: TokenValues | null): Of<'apply'> => {
    const page = { skip: after === null ? parts.skip : 0, count: false };
    return {
      ...planApply(model, entity, { nodes, options, page, after, within: null, onlyCount: false }),
      whole: true,
    };
  };
  const { plan } = authorizeRead(planned(null), model, principal);
  const columns = rowColumns(model, plan, languageIn(env));
  const compiled = async (after: TokenValues | null) => {
    const key = parts.key(after);
    return keptRead(principal, key) ?? compileRead(env, key, planned(after), (own) => compileApply(own, READ_FORMAT));
  };
  return { ...parts, columns, exact: holdsJson(columns), compiled };
}

/** What both kinds have in common: bounds, values, and the name of each statement. */
function partsOf(env: ReadEnvironment, entity: EntityType, options: QueryOptions, search: ReturnType<typeof searchOf>) {
  const { top, skip } = pageOf(options, null);
  const { shape, literals } = filterShape(env.model, entity, options.filter);
  const key = (after: TokenValues | null): string => {
    const page = { count: false, paged: true, skip: after === null ? skip : 0 };
    const filter = `${shape}\0${search?.shape ?? ''}`;
    return `export\0${collectionKey(env.model, entity.set, FORMAT, options, filter, page, after)}`;
  };
  return { top, skip, literals, values: search?.values ?? {}, key };
}

const holdsJson = (columns: readonly ExportColumn[]): boolean => columns.some(({ type }) => type === 'Edm.Untyped');

const languageIn = ({ model, principal, request }: ReadEnvironment): string =>
  languageOf(model, header(request, 'accept-language'), principal);
