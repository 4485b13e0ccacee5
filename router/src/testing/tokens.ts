import { createLocalJWKSet, importJWK, SignJWT } from 'jose';
import { generateSigningKey, publicPart } from '@opsconductor/authz';
import type { Permission } from '@opsconductor/authz';
import { createAuthenticator } from '../authentication/authenticator.ts';
import type { Authenticator } from '../authentication/authenticator.ts';

export interface TokenOptions {
  readonly userId?: string;
  readonly lifetimeSeconds?: number;
}

/** An issuer of access tokens as identity is one, and the authenticator that trusts it. */
export interface TestIssuer {
  readonly authenticator: Authenticator;
  readonly publicKeys: object;
  issue(permissions: readonly Permission[], options?: TokenOptions): Promise<string>;
}

export function createTestIssuer(): TestIssuer {
  const key = generateSigningKey();
  const publicKeys = { keys: [publicPart(key)] };
  return {
    authenticator: createAuthenticator({
      keys: createLocalJWKSet(publicKeys),
      issuer: 'opsconductor',
      audience: 'opsconductor',
    }),
    publicKeys,
    async issue(permissions, { userId = 'p1', lifetimeSeconds = 300 } = {}) {
      const now = Date.now() / 1000;
      return new SignJWT({ sid: `session of ${userId}`, scope: permissions.join(' ') })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid as string })
        .setIssuer('opsconductor')
        .setAudience('opsconductor')
        .setSubject(userId)
        .setIssuedAt(Math.floor(now) - 10)
        .setExpirationTime(now + lifetimeSeconds)
        .sign(await importJWK(key, 'ES256'));
    },
  };
}
