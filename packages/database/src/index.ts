export { DirectoryInUse, lockDirectory, type DirectoryLock } from './directoryLock.ts';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded/embeddedPostgres.ts';
export { createPool, withClient, type PoolOptions } from './connections/pool.ts';
export { connect, type PrismaClientClass, type PrismaOptions } from './connections/prismaClient.ts';
export { LIMITS, type ConnectionOptions, type Limits } from './connections/settings.ts';
export { withDatabase } from './connections/connectionUrl.ts';
export { waitForDatabase, type WaitOptions } from './connections/waitForDatabase.ts';
export { applyMigrations, type MigrationOptions } from './migrations/applyMigrations.ts';
export type { Log } from './log.ts';
export { createMigration, findDrift, type Drift, type NewMigration } from './migrations/migrationAuthoring.ts';
