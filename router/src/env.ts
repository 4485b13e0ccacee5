import type { JWK } from 'jose';
import { z } from 'zod';
import {
  StartupFault,
  addressOf,
  databaseUrl,
  list,
  logLevel,
  port,
  readEnvironment,
  redisUrl,
  signingKey,
} from '@opsconductor/process';

import { edgeVariables, readEdgeSettings } from './edgeVariables.ts';
import type { RouterSettingsInput } from './settings.ts';

/** What the router of the distributed topology is told by its environment. */
export interface RouterEnv {
  readonly host: string;
  readonly port: number;
  readonly metricsHost: string;
  readonly metricsPort: number | undefined;
  readonly allowedOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Base address of each subgraph. */
  readonly subgraphUrls: Readonly<Record<'identity' | 'assets' | 'automation' | 'communication', string>>;
  readonly jwksUrl: string;
  readonly tokenIssuer: string;
  readonly tokenAudience: string;
  readonly assertionKey: JWK;
  /** Wake-ups come over Redis when it is there, else over PostgreSQL. */
  readonly wakeUps: { readonly kind: 'redis' | 'postgres'; readonly url: string };
  /** Limits, budgets, documents. */
  readonly edge: RouterSettingsInput;
  readonly redisUrl: string | undefined;
  readonly logLevel: string;
}

const schema = z.object({
  ROUTER_HOST: z.string().default('0.0.0.0'),
  ROUTER_PORT: port.default(4000),
  ROUTER_METRICS_HOST: z.string().default('127.0.0.1'),
  ROUTER_METRICS_PORT: port.optional(),
  ROUTER_ALLOWED_ORIGINS: list,
  ROUTER_TRUSTED_PROXIES: list,
  IDENTITY_URL: addressOf('identity', 4001),
  ASSETS_URL: addressOf('assets', 4002),
  AUTOMATION_URL: addressOf('automation', 4003),
  COMMUNICATION_URL: addressOf('communication', 4004),
  IDENTITY_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be the address of a JWK set' }).optional(),
  TOKEN_ISSUER: z.string().default('opsconductor'),
  TOKEN_AUDIENCE: z.string().default('opsconductor'),
  ROUTER_ASSERTION_KEY: signingKey,
  REDIS_URL: redisUrl,
  DATABASE_URL: databaseUrl,
  ...edgeVariables,
  LOG_LEVEL: logLevel,
});

/** @throws {StartupFault} */
export function readRouterEnvironment(environment: NodeJS.ProcessEnv): RouterEnv {
  const env = readEnvironment(schema, environment);
  return {
    host: env.ROUTER_HOST,
    port: env.ROUTER_PORT,
    metricsHost: env.ROUTER_METRICS_HOST,
    metricsPort: env.ROUTER_METRICS_PORT,
    allowedOrigins: env.ROUTER_ALLOWED_ORIGINS,
    trustedProxies: env.ROUTER_TRUSTED_PROXIES,
    subgraphUrls: {
      identity: env.IDENTITY_URL,
      assets: env.ASSETS_URL,
      automation: env.AUTOMATION_URL,
      communication: env.COMMUNICATION_URL,
    },
    jwksUrl: env.IDENTITY_JWKS_URL ?? new URL('.well-known/jwks.json', withSlash(env.IDENTITY_URL)).href,
    tokenIssuer: env.TOKEN_ISSUER,
    tokenAudience: env.TOKEN_AUDIENCE,
    assertionKey: env.ROUTER_ASSERTION_KEY,
    wakeUps: wakeUpsOf(env.REDIS_URL, env.DATABASE_URL),
    edge: readEdgeSettings(env),
    redisUrl: env.REDIS_URL,
    logLevel: env.LOG_LEVEL,
  };
}

function wakeUpsOf(redis: string | undefined, postgres: string | undefined): RouterEnv['wakeUps'] {
  if (redis !== undefined) return { kind: 'redis', url: redis };
  if (postgres !== undefined) return { kind: 'postgres', url: postgres };
  throw new StartupFault(
    'Set REDIS_URL or DATABASE_URL: wake-ups of subscriptions travel over Redis or over PostgreSQL.',
  );
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
