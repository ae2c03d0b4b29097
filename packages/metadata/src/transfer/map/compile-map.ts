// Compiles a map whose shape is right: what each property takes and how it is converted; every mistake is reported at once, with its
// place. It reads no file and knows neither the CSV nor the service.
import { pointerTo } from '../../json-pointer.ts';
import { ConversionError, type Converter, compileConversion } from './convert.ts';
import type { ColumnTarget, ConstantTarget, Conversion, ImportMap, LookupFormat, MapValue } from './map-schema.ts';
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

export interface MapFinding {
  readonly pointer: string;
  readonly reason: string;
}

/** Compiles a document that its JSON Schema has found valid; `compiled` is null when there are findings. */
export function compileMapDocument(document: ImportMap): MapResult {
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

export interface MapResult {
  readonly compiled: CompiledMap | null;
  readonly findings: readonly MapFinding[];
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
        const pointer = pointerTo('columns', column, ...(Array.isArray(entry) ? [String(index)] : []));
        const target: ColumnTarget = typeof one === 'string' ? { to: one } : one;
        targets.push(this.#target(pointer, target.to, { kind: 'column', column: column.trim() }, target));
      }
    }
    for (const [to, entry] of Object.entries(this.#map.templates ?? {})) {
      const pointer = pointerTo('templates', to);
      const target = typeof entry === 'string' ? { template: entry } : entry;
      const template = this.#template(pointer, target.template);
      if (template !== null) targets.push(this.#target(pointer, to, { kind: 'template', template }, target));
    }
    for (const [to, entry] of Object.entries(this.#map.constants ?? {})) {
      if (!isTarget(entry)) continue;
      targets.push(this.#target(pointerTo('constants', to), to, { kind: 'text', text: entry.value }, entry));
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
