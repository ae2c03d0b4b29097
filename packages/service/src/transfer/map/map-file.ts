// Reads a mapping file and compiles it; every mistake of the file is reported at once, with its place. What the file's CSV and
// the service have is compared elsewhere.
import { readFile } from 'node:fs/promises';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { nearest } from '../../config.ts';
import { TransferError } from '../transfer-error.ts';
import { ConversionError, type Converter, compileConversion } from './convert.ts';
import {
  type ColumnTarget,
  type ConstantTarget,
  type Conversion,
  IMPORT_MAP_SCHEMA,
  type ImportMap,
  type LookupFormat,
  type MapValue,
} from './map-schema.ts';
import { Template, TemplateError } from './template.ts';

export type Source =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'template'; readonly template: Template }
  | { readonly kind: 'text'; readonly text: string };

/** A property of the record and where its value comes from. */
export interface MapTarget {
  readonly to: string;
  readonly source: Source;
  readonly converter: Converter;
  readonly lookup: LookupFormat | null;
}

export interface CompiledMap {
  readonly map: ImportMap;
  /** Columns first, in their order; then templates; then constants with a conversion. */
  readonly targets: readonly MapTarget[];
  /** Constants that are values as they stand. */
  readonly constants: Readonly<Record<string, MapValue>>;
  readonly mode: 'create' | 'update' | 'upsert';
  /** Alternate key by which records are recognised; null: every row is a new record. */
  readonly key: { readonly name: string; readonly properties: readonly string[] } | null;
}

interface MapFinding {
  readonly pointer: string;
  readonly reason: string;
}

const ajv = new Ajv2020({
  verbose: true,
  strict: true,
  allErrors: true,
  allowUnionTypes: true,
  strictRequired: false,
  strictTypes: false,
});
const isValid = ajv.compile<ImportMap>(IMPORT_MAP_SCHEMA);

/** Reads and compiles the file. Throws TransferError with every finding. */
export async function readMapFile(path: string): Promise<CompiledMap> {
  let document: unknown;
  try {
    document = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new TransferError(`${path}: ${reason}`);
  }
  const { compiled, findings } = compileMap(document);
  if (compiled !== null) return compiled;
  const lines = findings.map(({ pointer, reason }) => `  ${pointer === '' ? '/' : pointer}: ${reason}`);
  throw new TransferError([`${path} is not a valid map:`, ...lines].join('\n'));
}

/** Compiles a parsed document; `compiled` is null when there are findings. */
export function compileMap(document: unknown): { compiled: CompiledMap | null; findings: readonly MapFinding[] } {
  if (!isValid(document)) return { compiled: null, findings: schemaFindings(isValid.errors ?? []) };
  const findings: MapFinding[] = [];
  const targets = new TargetCompiler(document, findings).all();
  const plain = Object.entries(document.constants ?? {}).filter(([, value]) => !isTarget(value));
  const constants = Object.fromEntries(plain) as Record<string, MapValue>;
  checkOnce([...targets.map(({ to }) => to), ...Object.keys(constants)], findings);
  const key = keyOf(document);
  checkKey(document, key, new Set([...targets.map(({ to }) => to), ...Object.keys(constants)]), findings);
  if (findings.length > 0) return { compiled: null, findings };
  const mode = document.mode ?? (key === null ? 'create' : 'upsert');
  return { compiled: { map: document, targets, constants, mode, key }, findings };
}

function keyOf({ key }: ImportMap): CompiledMap['key'] {
  if (key === undefined) return null;
  return typeof key === 'string' ? { name: key, properties: [key] } : key;
}

function isTarget(value: MapValue | ConstantTarget): value is ConstantTarget {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class TargetCompiler {
  readonly #map: ImportMap;
  readonly #findings: MapFinding[];

  constructor(map: ImportMap, findings: MapFinding[]) {
    this.#map = map;
    this.#findings = findings;
  }

  all(): MapTarget[] {
    const targets: MapTarget[] = [];
    for (const [column, entry] of Object.entries(this.#map.columns)) {
      const list: readonly (string | ColumnTarget)[] = Array.isArray(entry) ? entry : [entry as string | ColumnTarget];
      for (const [index, one] of list.entries()) {
        const pointer = pointerOf('columns', column, ...(Array.isArray(entry) ? [String(index)] : []));
        const target: ColumnTarget = typeof one === 'string' ? { to: one } : one;
        targets.push(this.#target(pointer, target.to, { kind: 'column', column: column.trim() }, target));
      }
    }
    for (const [to, entry] of Object.entries(this.#map.templates ?? {})) {
      const pointer = pointerOf('templates', to);
      const target = typeof entry === 'string' ? { template: entry } : entry;
      const template = this.#template(pointer, target.template);
      if (template !== null) targets.push(this.#target(pointer, to, { kind: 'template', template }, target));
    }
    for (const [to, entry] of Object.entries(this.#map.constants ?? {})) {
      if (!isTarget(entry)) continue;
      targets.push(this.#target(pointerOf('constants', to), to, { kind: 'text', text: entry.value }, entry));
    }
    return targets;
  }

  #target(pointer: string, to: string, source: Source, conversion: Conversion): MapTarget {
    const lookup = conversion.lookup ?? null;
    try {
      return { to, source, converter: compileConversion(conversion), lookup };
    } catch (error) {
      if (!(error instanceof ConversionError)) throw error;
      this.#findings.push({ pointer: pointer + error.pointer, reason: error.message });
      return { to, source, converter: { read: (text) => text, write: String }, lookup };
    }
  }

  #template(pointer: string, text: string): Template | null {
    try {
      return new Template(text);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      this.#findings.push({ pointer, reason: error.message });
      return null;
    }
  }
}

function checkOnce(properties: readonly string[], findings: MapFinding[]): void {
  const seen = new Set<string>();
  for (const property of properties) {
    if (seen.has(property)) findings.push({ pointer: '', reason: `${property} is given twice` });
    seen.add(property);
  }
}

function checkKey(map: ImportMap, key: CompiledMap['key'], given: ReadonlySet<string>, findings: MapFinding[]): void {
  if (key === null) {
    const needed = map.mode === 'update' || map.mode === 'upsert';
    if (needed) findings.push({ pointer: '/key', reason: `${map.mode} needs the key by which records are recognised` });
    return;
  }
  if (map.mode === 'create')
    findings.push({ pointer: '/mode', reason: 'create makes new records only: leave key out' });
  const missing = key.properties.filter((property) => !given.has(property));
  if (missing.length === 0) return;
  const hint =
    typeof map.key === 'string' ? ` (a key of another name: {"name": "${key.name}", "properties": [...]})` : '';
  findings.push({ pointer: '/key', reason: `nothing is mapped to ${missing.join(', ')}${hint}` });
}

function pointerOf(...parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Keywords that only repeat what the error below them says. */
const STRUCTURAL: ReadonlySet<string> = new Set(['if', 'propertyNames']);

function schemaFindings(errors: readonly ErrorObject[]): MapFinding[] {
  const found = errors.filter(({ keyword }) => !STRUCTURAL.has(keyword));
  // What is of a wrong type is so in every reading of the place; the first, widest one says it.
  const first = (error: ErrorObject): ErrorObject | undefined =>
    found.find(({ keyword, instancePath }) => keyword === 'type' && instancePath === error.instancePath);
  return found
    .filter((error) => (first(error) ?? error) === error)
    .map((error) => ({ pointer: error.instancePath, reason: schemaReason(error) }));
}

const REASONS: Readonly<Record<string, (error: ErrorObject) => string>> = {
  required: ({ params }) => `${params.missingProperty} is missing`,
  additionalProperties: ({ params, parentSchema }) => {
    const known = Object.keys((parentSchema?.properties as object | undefined) ?? {});
    const near = nearest(params.additionalProperty as string, known);
    return `there is no option ${params.additionalProperty} here${near === null ? '' : `; did you mean ${near}?`}`;
  },
  enum: ({ params }) =>
    `must be one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`,
  const: ({ params }) => `must be ${JSON.stringify(params.allowedValue)}`,
  pattern: ({ propertyName }) => `${propertyName ?? 'this'} is not the name of a property`,
  type: ({ params }) => `must be ${([] as string[]).concat(params.type as string | string[]).join(' or ')}`,
};

function schemaReason(error: ErrorObject): string {
  return REASONS[error.keyword]?.(error) ?? error.message ?? 'is not valid';
}
