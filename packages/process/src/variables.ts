/** What the environments of several processes spell the same way: schemas of single variables. */
import type { JWK } from 'jose';
import { z } from 'zod';
import type { TrustedKey } from '@opsconductor/authz';
import { StartupFault } from './startupFault.ts';

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info');

export const port = z.coerce.number('is not a port number').int().min(0).max(65_535);

export const databaseUrl = z
  .url('set it to the PostgreSQL to use: postgresql://user:password@host:5432/database')
  .optional();

export const redisUrl = z
  .url({ protocol: /^rediss?$/, error: 'is not an address such as redis://redis:6379' })
  .optional();

/** The base address of another part, such as `http://assets:4002`. */
export const addressOf = (part: string, standardPort: number) =>
  z.url({ protocol: /^https?$/, error: `set it to the address of ${part}, such as http://${part}:${standardPort}` });

/** Comma-separated. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean),
  );

const trusted = z.array(z.object({ issuer: z.string(), jwk: z.looseObject({ kty: z.string(), kid: z.string() }) }));

/** The keys whose assertions a part trusts, each for one issuer. */
export const trustedKeys = z
  .string('set it to the JSON list of { "issuer": ..., "jwk": { ... } } whose assertions are trusted')
  .transform((text, context): readonly TrustedKey[] => {
    try {
      return trusted.parse(JSON.parse(text));
    } catch {
      context.addIssue('is not a JSON list of { "issuer": ..., "jwk": { ... } }');
      return z.NEVER;
    }
  });

/** The private key with which a part signs its assertions. */
export const signingKey = z
  .string('set it to a private P-256 key as JWK, or the same variable with _FILE to the path of a file with one')
  .transform((text, context): JWK => {
    try {
      const key = JSON.parse(text) as JWK;
      if (key.kty === 'EC' && key.crv === 'P-256' && key.d && key.kid) return key;
    } catch {
      // Falls through: the text of a key is not repeated in a message.
    }
    context.addIssue('is no private P-256 key as JWK with kty, crv, x, y, d and kid');
    return z.NEVER;
  });

/** @throws {StartupFault} neither the domain's own variable nor DATABASE_URL is set */
export function requireDatabaseUrl(own: string | undefined, shared: string | undefined): string {
  const url = own ?? shared;
  if (url === undefined) throw new StartupFault('Set DATABASE_URL to the PostgreSQL to use.');
  return url;
}
