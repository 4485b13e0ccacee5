import { generateSigningKey, permissions, publicPart } from '@opsconductor/authz';
import { SignJWT, importJWK } from 'jose';
import type { JSONWebKeySet } from 'jose';

/** An access token as the identity domain signs them, with every permission, and the keys that verify it. */
export async function issueAccessToken(): Promise<{ accessToken: string; publicKeys: JSONWebKeySet }> {
  const key = generateSigningKey();
  const accessToken = await new SignJWT({ sid: 'session-1', scope: permissions.join(' ') })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid as string })
    .setIssuer('opsconductor')
    .setAudience('opsconductor')
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(await importJWK(key, 'ES256'));
  return { accessToken, publicKeys: { keys: [publicPart(key)] as JSONWebKeySet['keys'] } };
}
