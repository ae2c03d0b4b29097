// What Redocly and Spectral say about an OpenAPI document, with the rules that each recommends and not one switched off. Nothing
// here knows the service.
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectral from '@stoplight/spectral-core';
import * as parsers from '@stoplight/spectral-parsers';
import resolvers from '@stoplight/spectral-ref-resolver';
import rulesets from '@stoplight/spectral-rulesets';

/** Problems of any severity, as `rule pointer: message`. */
export type Problems = readonly string[];

export async function redocly(document: string): Promise<Problems> {
  const config = await createConfig({ extends: ['recommended'] });
  const problems = await lintFromString({ source: document, absoluteRef: '/openapi.json', config });
  return problems.map(({ ruleId, location, message }) => `${ruleId} ${location[0]?.pointer ?? ''}: ${message}`);
}

export async function spectralOas(document: string): Promise<Problems> {
  const linter = new spectral.Spectral({ resolver: new SharingResolver() });
  linter.setRuleset({ extends: [[rulesets.oas as spectral.RulesetDefinition, 'recommended']] });
  const problems = await linter.run(new spectral.Document(document, parsers.Json));
  return problems.map(({ code, path, message }) => `${code} #/${path.join('/')}: ${message}`);
}

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is JSON of any shape
type Json = any;

const SCHEMAS = '#/components/schemas/';

/**
 * Spectral walks the document with every reference replaced by what it leads to: minutes, where thousands of operations share their
 * schemas and answers. Here schemas are replaced below `components/schemas` only, where every one of them is looked at, and an answer
 * in the first operation that has it; parameters everywhere, because rules compare them with the path. References that lead nowhere and
 * components that nothing refers to are found in the whole document, by Spectral's own means.
 */
class SharingResolver extends resolvers.Resolver {
  override async resolve(source: Json, options?: Json): Promise<Json> {
    const whole = await super.resolve(source, options);
    const { schemas: _, ...others } = source.components;
    const seen = new Set<string>();
    const shared = placed({ ...source, components: others }, source.components, seen);
    const { schemas } = whole.result.components;
    return { ...whole, result: { ...shared, components: { ...shared.components, schemas } } };
  }
}

function placed(value: Json, components: Json, seen: Set<string>): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => placed(each, components, seen));
  const { $ref } = value;
  if (typeof $ref !== 'string' || $ref.startsWith(SCHEMAS)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, placed(each, components, seen)]));
  }
  const [, , kind = '', name = ''] = $ref.split('/');
  const target = components[kind]?.[name];
  if (target === undefined || (kind === 'responses' && seen.has($ref))) return value;
  seen.add($ref);
  return placed(target, components, seen);
}
