import { createRemoteJWKSet } from 'jose';
import type { JWTVerifyGetKey } from 'jose';

const FETCH_TIMEOUT_MS = 3_000;
/** An unknown key id asks again at most this often, so that invented ones cannot make us hammer the issuer. */
const COOLDOWN_MS = 10_000;
const CACHE_MS = 10 * 60_000;

/**
 * The public keys of an issuer, fetched when first needed and again for a key id that is not known.
 * @param url of a JWK set (RFC 7517), such as `http://identity:4001/.well-known/jwks.json`
 */
export function createRemoteKeySet(url: string | URL): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOLDOWN_MS,
    cacheMaxAge: CACHE_MS,
  });
}
