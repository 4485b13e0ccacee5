import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { readEnvironment } from '@opsconductor/process';
import { edgeVariables } from '@opsconductor/router';

const schema = z.object({
  OPSCONDUCTOR_DATA_DIRECTORY: z
    .string()
    .default('data')
    .transform((path) => resolve(path)),
  OPSCONDUCTOR_HOST: z.string().default('127.0.0.1'),
  OPSCONDUCTOR_PORT: z.coerce.number('is not a port number').int().min(0).max(65_535).default(4000),
  /** Executors run beside the main process, which needs a core too. */
  OPSCONDUCTOR_EXECUTORS: z.coerce
    .number('is not a number of processes')
    .int()
    .min(1)
    .max(64)
    .default(Math.max(1, availableParallelism() - 1)),
  OPSCONDUCTOR_METRICS_PORT: z.coerce.number('is not a port number').int().min(0).max(65_535).optional(),
  ...edgeVariables,
  ROUTER_ALLOWED_ORIGINS: z.string().default(''),
  AUTOMATION_ALLOWED_NETWORKS: z.string().default(''),
  EXECUTOR_ALLOWED_NETWORKS: z.string().default(''),
  IDENTITY_SETUP_SECRET: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  REDIS_URL: z.string().optional(),
  VAULT_ROOT_KEY: z.string().optional(),
  /** Handed on to the executors. */
  PATH: z.string().optional(),
  NODE_COMPILE_CACHE: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
});

/** The configuration of the standalone process. Everything has a default. */
export type StandaloneEnvironment = z.infer<typeof schema>;

/** @throws {StartupFault} */
export function readStandaloneEnvironment(environment: NodeJS.ProcessEnv): StandaloneEnvironment {
  return readEnvironment(schema, environment);
}
