// Reads a mapping file and compiles it; every mistake of the file is reported at once, with its place. What the file's CSV and
// the service have is compared elsewhere.

import { readFile } from 'node:fs/promises';
import {
  type CompiledMap,
  compileMapDocument,
  IMPORT_MAP_SCHEMA,
  type ImportMap,
  type MapFinding,
  type MapResult,
  nearest,
  TransferError,
} from '@kartoteka/metadata/transfer';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';

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
export function compileMap(document: unknown): MapResult {
  if (!isValid(document)) return { compiled: null, findings: schemaFindings(isValid.errors ?? []) };
  return compileMapDocument(document);
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
