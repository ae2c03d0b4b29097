// The engine of imports, for the command line and for browsers: CSV to records to requests. `@kartoteka/metadata/transfer` has it, so that who
// needs Models alone does not load it.
export { isPlainNumber, withFormulaMark, withoutFormulaMark } from '../formula-mark.ts';
export type { ByteSource, TextEncoding } from './csv/byte-source.ts';
export { recordText, splitRecord } from './csv/cells.ts';
export { type CsvContent, DELIMITERS, readLayout, UTF8_MARK } from './csv/csv-layout.ts';
export { type CsvRecord, LONGEST_QUOTED, LONGEST_RECORD, readRecords } from './csv/csv-records.ts';
export { ENCODINGS, type Encoding, firstMissing, likelyEncoding } from './csv/encoding.ts';
export { ErrorRows } from './csv/error-rows.ts';
export { RecordScanner } from './csv/record-scanner.ts';
export { type FailedRows, type ImportJob, ImportRun } from './import/import-run.ts';
export type { Outcome } from './import/outcome.ts';
export {
  type CompiledMap,
  compileMapDocument,
  type MapFinding,
  type MapResult,
  type MapTarget,
} from './map/compile-map.ts';
export { compileConversion, SKIP, ValueProblem } from './map/convert.ts';
export { DateForm, Zone } from './map/dates.ts';
export {
  type ColumnTarget,
  type Conversion,
  ENCODING_NAMES,
  type EncodingName,
  IMPORT_MAP_SCHEMA,
  type ImportMap,
  type LookupFormat,
} from './map/map-schema.ts';
export { NumberText } from './map/numbers.ts';
export { checkColumns, columnsOf, RowMapper } from './map/row-mapper.ts';
export { Template } from './map/template.ts';
export { nearest } from './nearest.ts';
export { type ApiAnswer, type ApiError, errorText, findingsOf, refusal, type ServiceClient } from './rest/answers.ts';
export { query, stringLiteral } from './rest/literals.ts';
export { Lookups } from './rest/lookups.ts';
export { ServiceAway, TransferError } from './transfer-error.ts';
