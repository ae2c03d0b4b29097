// Public face of the metadata package.

export { BoundedCache } from './bounded-cache.ts';
export type { BuildMemory } from './build-memory.ts';
export { canonicalValue } from './canonical-value.ts';
export { choiceValuesOf } from './choice-values.ts';
export type * from './client-model.ts';
export { canonicalJson, contentHash } from './content-hash.ts';
export { type DependentPlace, type DocumentPart, dependentPlaces } from './dependents.ts';
export { type ChangeEffect, diffModels, type ModelChange } from './diff.ts';
export { displayValues } from './display-values.ts';
export * from './documents.ts';
export { comparedSql, hashedSql, keySql, matchParts } from './duplicate-keys.ts';
export { COMMON_FIELD_OPTIONS, documentSchemas, entityDocumentSchema, PRIVILEGES } from './entity-schema.ts';
export { entityScope, expressionType, recordScope, type ScopedEntity } from './entity-scope.ts';
export { type Decimal, decimalText, parseDecimal } from './exact-decimal.ts';
export * from './exact-number.ts';
export { type CheckedExpression, type CheckOptions, checkExpression } from './expression/check.ts';
export { addDecimals, DIVISION_SCALE, divideDecimals, roundDecimal } from './expression/decimal.ts';
export * from './expression/evaluate.ts';
export { FUNCTIONS, ZONED_FUNCTIONS } from './expression/functions.ts';
export { CASE_MAPS, type CaseMap } from './expression/letter-case.ts';
export { EXPRESSION_LIMITS, type ExpressionLimits } from './expression/limits.ts';
export { type ParsedExpression, type ParseOptions, parseExpression } from './expression/parse.ts';
export { printExpression, referencedPaths } from './expression/print.ts';
export * from './expression/shape.ts';
export { type CallerContext, exceededLimit, fixContext, substitutePaths } from './expression/substitute.ts';
export { WHITE_SPACE } from './expression/text.ts';
export { childrenOf } from './expression/traverse.ts';
export * from './expression/types.ts';
export { fieldContext } from './field-context.ts';
export * from './field-type.ts';
export { FIELD_TYPES } from './field-types/registry.generated.ts';
export { derivedForm, formOf } from './form.ts';
export { withFormulaMark, withoutFormulaMark } from './formula-mark.ts';
export { labelText } from './label-text.ts';
export { dependencyOrder, LayerOrder, type PackageLayer, packageLayer, packageOf } from './layer-order.ts';
export { type LayeredDocument, mergeJson, mergeLayers, originsOf } from './layers.ts';
export {
  type BuildResult,
  compileDocuments,
  compileSteps,
  type LinkOptions,
  type LinkResult,
  linkModel,
  modelHash,
} from './link.ts';
export { depthsOf, isApplicable } from './link-role.ts';
export { CHANGE_ENTRY } from './link-timeline.ts';
export { mergePatch } from './merge-patch.ts';
export * from './model.ts';
export * from './names.ts';
export { OPERATORS } from './operators.ts';
export {
  type OwnerRelation,
  ownerRelations,
  parentNavigations,
  type SharePath,
  type ShareStep,
  sharePaths,
} from './ownership.ts';
export {
  type ArchivedDocument,
  MOST_PACKAGE_DOCUMENTS,
  orderedArchive,
  PACKAGE_KINDS,
  type PackageArchive,
  type PackageManifest,
  packageDocuments,
  packageManifestSchema,
  readPackageArchive,
} from './package-archive.ts';
export {
  CUSTOM_PREFIXES,
  type EffectiveDocuments,
  type LayerOptions,
  type ParseResult,
  parseDocuments,
} from './parse.ts';
export { isWritable, type PayloadOperation, payloadSchema } from './payload-schema.ts';
export { compilePayloadValidator, type PayloadFinding, type PayloadValidator } from './payload-validator.ts';
export { type PolymorphicLookup, polymorphicLookups } from './polymorphic.ts';
export { recycleBinOf } from './recycle-bin.ts';
export {
  type ChangedItem,
  changedItems,
  differingShapes,
  type SchemaBreak,
  type SchemaItem,
  type SchemaShape,
  schemaBreak,
  schemaShape,
  schemaVersion,
  splitSchemaPath,
} from './schema-shape.ts';
export {
  foldedSql,
  searchedProse,
  searchProperties,
  searchTextSql,
  searchWordsSql,
  wordsSql,
} from './search-text.ts';
export { compareVersions, isInRange } from './semver.ts';
export { atOnce, type Steps } from './steps.ts';
export { tableShape } from './storage-shape.ts';
export * from './storage-shape-types.ts';
export { isStored, readsRecords, recordReaders, storedProperties } from './stored-properties.ts';
export { systemNavigations, systemProperties } from './system-properties.ts';
export { tableShapeSteps, tableShapes } from './table-shapes.ts';
export { type ThreeWay, type ThreeWayDifference, threeWay } from './three-way.ts';
export { checkValue, type ValueFinding } from './value-check.ts';
export { exampleValue } from './value-examples.ts';
export { isLanguageTag } from './value-formats.ts';
