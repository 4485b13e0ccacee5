import { hostname } from 'node:os';
import { QUEUE_LABEL } from '@opsconductor/events';
import { z } from 'zod';
import {
  addressOf,
  databaseUrl,
  logLevel,
  port,
  readEnvironment,
  redisUrl,
  requireDatabaseUrl,
  signingKey,
  trustedKeys,
} from '@opsconductor/process';
import { parseNetworks } from './ssh/networks.ts';
import type { Networks } from './ssh/networks.ts';

const shared = {
  AUTOMATION_DATABASE_URL: databaseUrl,
  DATABASE_URL: databaseUrl,
  REDIS_URL: redisUrl,
  ASSETS_URL: addressOf('assets', 4002),
  LOG_LEVEL: logLevel,
};

const subgraphSchema = z.object({
  ...shared,
  AUTOMATION_HOST: z.string().default('127.0.0.1'),
  AUTOMATION_PORT: port.default(4003),
  AUTOMATION_ALLOWED_NETWORKS: z.string().default('').transform(toNetworks),
  TRUSTED_ASSERTION_KEYS: trustedKeys,
  AUTOMATION_ASSERTION_KEY: signingKey,
});

const executorSchema = z.object({
  ...shared,
  EXECUTOR_ASSERTION_KEY: signingKey,
  EXECUTOR_SHARDS: z.coerce.number().int().min(1).max(1_000).default(64),
  EXECUTOR_CONNECTING: z.coerce.number().int().min(1).max(1_000).default(32),
  EXECUTOR_STOP_GRACE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(5),
  EXECUTOR_NAME: z.string().min(1).max(200).default(hostname()),
  EXECUTOR_LABELS: z.string().default('').transform(toLabels),
  EXECUTOR_HOST: z.string().default('127.0.0.1'),
  EXECUTOR_PORT: port.default(0),
  EXECUTOR_ALLOWED_NETWORKS: z.string().default('').transform(toNetworks),
});

export type AutomationEnvironment = z.infer<typeof subgraphSchema> & { readonly databaseUrl: string };
export type ExecutorEnvironment = z.infer<typeof executorSchema> & { readonly databaseUrl: string };

/** @throws {StartupFault} */
export function readAutomationEnvironment(environment: NodeJS.ProcessEnv): AutomationEnvironment {
  return withDatabaseUrl(readEnvironment(subgraphSchema, environment));
}

/** @throws {StartupFault} */
export function readExecutorEnvironment(environment: NodeJS.ProcessEnv): ExecutorEnvironment {
  return withDatabaseUrl(readEnvironment(executorSchema, environment));
}

function withDatabaseUrl<
  Environment extends { AUTOMATION_DATABASE_URL?: string | undefined; DATABASE_URL?: string | undefined },
>(environment: Environment): Environment & { databaseUrl: string } {
  return {
    ...environment,
    databaseUrl: requireDatabaseUrl(environment.AUTOMATION_DATABASE_URL, environment.DATABASE_URL),
  };
}

/** A comma-separated list of CIDR blocks. */
function toNetworks(text: string, context: z.RefinementCtx): Networks {
  try {
    return parseNetworks(
      text
        .split(',')
        .map((block) => block.trim())
        .filter(Boolean),
    );
  } catch {
    context.addIssue('is not a list of networks such as 10.0.0.0/8,127.0.0.0/8');
    return z.NEVER;
  }
}

/** A comma-separated list of labels. */
function toLabels(text: string, context: z.RefinementCtx): string[] {
  const labels = text
    .split(',')
    .map((label) => label.trim())
    .filter(Boolean);
  if (labels.every((label) => QUEUE_LABEL.test(label))) return labels;
  context.addIssue('is not a list of labels such as dmz,eu-west: letters, digits, ".", "-" and "_", at most 60 each');
  return z.NEVER;
}
