/**
 * Who is asking: turns the access token of a request (RFC 9068, RFC 8725), or its API key, into a {@link Viewer}. A token is verified
 * once and remembered until it lapses, because verifying an ES256 signature costs more than the rest of the edge.
 */
import { createHash } from 'node:crypto';
import { anonymous, isPermission, looksLikeApiKey } from '@opsconductor/authz';
import type { UserViewer, Viewer } from '@opsconductor/authz';
import { errors, jwtVerify } from 'jose';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { createApiKeys } from './apiKeys.ts';
import type { ResolveApiKey } from './apiKeys.ts';
import { KeysUnavailable, TokenRejected } from './tokenRejected.ts';

/** Longer ones are refused before anything looks at them; ours are below 1 KiB. */
const MAX_TOKEN_CHARACTERS = 8_192;
/** How far the clock of the issuer may be ahead of ours. */
const CLOCK_SKEW_SECONDS = 5;
const REMEMBERED_TOKENS = 10_000;

export interface AuthenticatorOptions {
  /** Where the public keys come from: `createRemoteKeySet(url)`, or jose's `createLocalJWKSet(...)`. */
  readonly keys: JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  /** Whose an API key is. Without it, no API key holds. */
  readonly resolveApiKey?: ResolveApiKey;
  readonly clock?: { now(): number };
}

export interface Authenticator {
  /**
   * @param credential the value of the `Authorization` header (`Bearer <token>`), or the bare token as a WebSocket
   *   client sends it; undefined when the request has none
   * @param clientAddress where the request comes from: API keys may be bound to networks
   * @returns the anonymous viewer for undefined, else the user that the token names
   * @throws {TokenRejected} the token does not hold
   * @throws {KeysUnavailable} nobody can tell: the public keys could not be fetched
   */
  readonly authenticate: (credential: string | undefined, clientAddress?: string) => Promise<Viewer>;
}

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { clock = { now: Date.now } } = options;
  // By digest, so that a dump of this process holds no token that could be used.
  const verified = new LRUCache<string, UserViewer>({ max: REMEMBERED_TOKENS });
  const viewerOfKey = options.resolveApiKey && createApiKeys(options.resolveApiKey, clock);
  return {
    async authenticate(credential, clientAddress) {
      if (credential === undefined) return anonymous;
      const bare = bareCredential(credential);
      if (viewerOfKey && looksLikeApiKey(bare)) return viewerOfKey(bare, clientAddress);
      const token = requireJwt(bare);
      const digest = createHash('sha256').update(token).digest('base64url');
      const known = verified.get(digest);
      if (known) return requireLive(known, clock.now());
      const viewer = viewerOf(await verify(token, options, clock.now()), clock.now());
      verified.set(digest, viewer);
      return viewer;
    },
  };
}

/** `Bearer <token>` (RFC 6750, section 2.1; the scheme in any case) or the token alone. */
function bareCredential(credential: string): string {
  if (credential.length > MAX_TOKEN_CHARACTERS) throw new TokenRejected('too long');
  return credential.replace(/^bearer +/i, '');
}

function requireJwt(token: string): string {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) throw new TokenRejected('not a signed JWT after the scheme Bearer');
  return token;
}

async function verify(token: string, options: AuthenticatorOptions, nowMs: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, options.keys, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: options.issuer,
      audience: options.audience,
      requiredClaims: ['iss', 'aud', 'sub', 'sid', 'scope', 'iat', 'exp'],
      currentDate: new Date(nowMs),
    });
    return payload;
  } catch (error) {
    throw rejectionOf(error);
  }
}

/** What jose says about the token is a rejection; anything else (no answer, not a key set) is about the keys. */
function rejectionOf(error: unknown): TokenRejected | KeysUnavailable {
  if (error instanceof errors.JWTExpired) return new TokenRejected('expired', { isExpired: true, cause: error });
  if (!(error instanceof errors.JOSEError) || keyFaults.has(error.code)) return new KeysUnavailable(error);
  return new TokenRejected(error.message, { cause: error });
}

/** `ERR_JOSE_GENERIC` is how jose reports a key set that answers with another status than 200 or no JSON. */
const keyFaults: ReadonlySet<string> = new Set([
  'ERR_JOSE_GENERIC',
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
  errors.JWKInvalid.code,
]);

function viewerOf(claims: JWTPayload, nowMs: number): UserViewer {
  const { sub, sid, scope, iat, exp } = claims;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof scope !== 'string' || !sub || !sid)
    throw new TokenRejected('claims of the wrong type');
  if (typeof iat !== 'number' || typeof exp !== 'number') throw new TokenRejected('times of the wrong type');
  if (iat - CLOCK_SKEW_SECONDS > nowMs / 1000) throw new TokenRejected('issued in the future');
  return {
    kind: 'user',
    userId: sub,
    sessionId: sid,
    permissions: new Set(scope.split(' ').filter(isPermission)),
    expiresAt: new Date(exp * 1000),
  };
}

function requireLive(viewer: UserViewer, nowMs: number): UserViewer {
  if (viewer.expiresAt.getTime() <= nowMs) throw new TokenRejected('expired', { isExpired: true });
  return viewer;
}
