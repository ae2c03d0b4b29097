export * from './errors.ts';
export * from './hooks.ts';
export type * from './platform-types.ts';
export type * from './security/types.ts';
export type * from './storage/types.ts';
