export { readEnvironment } from './environment.ts';
export { runProcess, type Drain } from './lifecycle.ts';
export { Releases } from './release.ts';
export { StartupFault } from './startupFault.ts';
export {
  addressOf,
  databaseUrl,
  list,
  logLevel,
  port,
  redisUrl,
  requireDatabaseUrl,
  signingKey,
  trustedKeys,
} from './variables.ts';
