import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { JWK } from 'jose';

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
  readonly logLevel: string;
}

/** Names what to set, one line per variable. */
export class InvalidEnvironment extends Error {
  constructor(lines: readonly string[]) {
    super(`The environment of the router is not complete:\n${lines.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'InvalidEnvironment';
  }
}

const port = z.coerce.number().int().min(0).max(65_535);
const baseUrl = (example: string) =>
  z.url({ protocol: /^https?$/, error: `must be the address of the subgraph, such as ${example}` });
const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );

const schema = z.object({
  ROUTER_HOST: z.string().default('0.0.0.0'),
  ROUTER_PORT: port.default(4000),
  ROUTER_METRICS_HOST: z.string().default('127.0.0.1'),
  ROUTER_METRICS_PORT: port.optional(),
  ROUTER_ALLOWED_ORIGINS: list,
  ROUTER_TRUSTED_PROXIES: list,
  IDENTITY_URL: baseUrl('http://identity:4001'),
  ASSETS_URL: baseUrl('http://assets:4002'),
  AUTOMATION_URL: baseUrl('http://automation:4003'),
  COMMUNICATION_URL: baseUrl('http://communication:4004'),
  IDENTITY_JWKS_URL: z.url({ protocol: /^https?$/, error: 'must be the address of a JWK set' }).optional(),
  TOKEN_ISSUER: z.string().default('opsconductor'),
  TOKEN_AUDIENCE: z.string().default('opsconductor'),
  ROUTER_ASSERTION_KEY: z
    .string({
      error:
        'must be the private P-256 key of the router as JWK, or ROUTER_ASSERTION_KEY_FILE the path of a file with it',
    })
    .transform(readKey),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be an address such as redis://redis:6379' }).optional(),
  DATABASE_URL: z.url({ error: 'must be an address such as postgres://user:password@host:5432/name' }).optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/**
 * @param variables usually `process.env`. An empty variable is one that is not set; `<NAME>_FILE` names a file with the
 *   value of a secret
 * @throws {InvalidEnvironment}
 */
export function readEnv(variables: Readonly<Record<string, string | undefined>>): RouterEnv {
  const values = withFiles(variables);
  const parsed = schema.safeParse(values);
  const faults = parsed.error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`) ?? [];
  if (!values['REDIS_URL'] && !values['DATABASE_URL'])
    faults.push('REDIS_URL or DATABASE_URL must be set: wake-ups of subscriptions travel over Redis or PostgreSQL');
  if (!parsed.success || faults.length > 0) throw new InvalidEnvironment(faults);
  const env = parsed.data;
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
    wakeUps:
      env.REDIS_URL !== undefined
        ? { kind: 'redis', url: env.REDIS_URL }
        : { kind: 'postgres', url: env.DATABASE_URL as string },
    logLevel: env.LOG_LEVEL,
  };
}

const secrets = ['ROUTER_ASSERTION_KEY', 'REDIS_URL', 'DATABASE_URL'];

function withFiles(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const values = Object.fromEntries(given);
  for (const name of secrets) {
    const file = values[`${name}_FILE`];
    if (values[name] !== undefined || file === undefined) continue;
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new InvalidEnvironment([`${name}_FILE names a file that cannot be read: ${(error as Error).message}`]);
    }
  }
  return values;
}

function readKey(text: string, context: z.RefinementCtx): JWK {
  try {
    const key = JSON.parse(text) as JWK;
    if (key.kty === 'EC' && key.crv === 'P-256' && key.d && key.kid) return key;
  } catch {
    // Falls through: the text of a key is not repeated in a message.
  }
  context.addIssue({ code: 'custom', message: 'is no private P-256 key as JWK with kty, crv, x, y, d and kid' });
  return z.NEVER;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
