import { permissionsOf } from '@opsconductor/authz';
import type { Role } from '@opsconductor/authz';
import { SignJWT } from 'jose';
import type { SigningKeys } from './signingKeys.ts';

export interface AccessTokenSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly accessTokenSeconds: number;
}

/** A session that a token is made for. */
export interface TokenSubject {
  readonly userId: string;
  readonly sessionId: string;
  readonly roles: readonly Role[];
  readonly signedInAt: Date;
  readonly issuedAt: Date;
}

/** Signs without touching the database, so that it may be used while a transaction is open. */
export interface TokenSigner {
  sign(subject: TokenSubject): Promise<string>;
  /** When a token that is issued at this instant lapses. */
  expiryOf(issuedAt: Date): Date;
}

export interface AccessTokens {
  getSigner(): Promise<TokenSigner>;
}

/** Access tokens: JWT (RFC 9068), ES256. The permissions of the roles are in `scope`, separated by spaces. */
export function createAccessTokens(keys: SigningKeys, settings: AccessTokenSettings): AccessTokens {
  const { issuer, audience, accessTokenSeconds } = settings;
  return {
    async getSigner() {
      const { id, privateKey } = await keys.getActive();
      return {
        sign({ userId, sessionId, roles, signedInAt, issuedAt }) {
          const at = toSeconds(issuedAt);
          const scope = [...permissionsOf(roles)].join(' ');
          return new SignJWT({ sid: sessionId, scope, amr: ['pwd'], auth_time: toSeconds(signedInAt) })
            .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: id })
            .setIssuer(issuer)
            .setAudience(audience)
            .setSubject(userId)
            .setIssuedAt(at)
            .setExpirationTime(at + accessTokenSeconds)
            .sign(privateKey);
        },
        expiryOf: (issuedAt) => new Date((toSeconds(issuedAt) + accessTokenSeconds) * 1000),
      };
    },
  };
}

function toSeconds(instant: Date): number {
  return Math.floor(instant.getTime() / 1000);
}
