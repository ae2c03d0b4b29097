export * from './errors.ts';
export * from './hooks.ts';
export type * from './platform-types.ts';
export type * from './security/types.ts';
export { connectDatabase, type DatabaseOptions, StartupError } from './storage/database.ts';
export { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from './storage/embedded.ts';
export { migrate } from './storage/migrate.ts';
export { createPrismaClient, type Prisma, type PrismaClient, type PrismaOptions } from './storage/prisma.ts';
export type * from './storage/types.ts';
