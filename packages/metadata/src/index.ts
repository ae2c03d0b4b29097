// Public face of the metadata package.
export * from './documents.ts';
export * from './exact-number.ts';
export * from './expression/types.ts';
export * from './field-type.ts';
export * from './model.ts';
export * from './storage-shape-types.ts';
