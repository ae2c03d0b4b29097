// Public face of the client. What a program imports from `@kartoteka/sdk` is here, and nothing else of the package.

export * from './exact.ts';
export type * from './schema.ts';
