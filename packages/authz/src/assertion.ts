/**
 * The router-to-subgraph assertion: a JWS (RFC 7515, ES256) in the header `x-opsc-assertion` that says who asks, through
 * whom, for which part of the platform and for which body. A subgraph answers nothing without it, and nothing that it
 * was given by a client (an access token, say) can take its place: `typ` and `iss` differ.
 */
import { createHash, createPublicKey, sign, timingSafeEqual, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import type { JWK } from 'jose';
import { isPermission } from './permissions.ts';
import { anonymous } from './viewer.ts';
import type { Viewer } from './viewer.ts';

export const ASSERTION_HEADER = 'x-opsc-assertion';
const ASSERTION_SECONDS = 30;
const CLOCK_SKEW_SECONDS = 5;
const TYPE = 'opsc-assertion+jwt';

/** What an assertion says. */
export interface Assertion {
  /** The part that signed: `router`, or the name of a service such as `executor`. */
  readonly issuer: string;
  readonly viewer: Viewer;
  readonly requestId: string;
}

/** The header is missing or does not hold. The reason is for the log; the answer on the wire is a bare 401. */
export class AssertionRejected extends Error {
  constructor(reason: string) {
    super(`assertion rejected: ${reason}`);
    this.name = 'AssertionRejected';
  }
}

export type SignAssertion = (audience: string, body: string | Buffer, assertion: Omit<Assertion, 'issuer'>) => string;

/**
 * @param key private P-256 key as JWK with `kid`
 * @param issuer the part that signs
 */
export function createAssertionSigner(key: JWK, issuer: string, now: () => number = Date.now): SignAssertion {
  const privateKey = createPrivateKey({ key: key, format: 'jwk' });
  const header = encode({ alg: 'ES256', typ: TYPE, kid: key.kid });
  return (audience, body, { viewer, requestId }) => {
    const issuedAt = Math.floor(now() / 1000);
    const claims = encode({
      iss: issuer,
      aud: audience,
      iat: issuedAt,
      exp: issuedAt + ASSERTION_SECONDS,
      req: requestId,
      dig: digest(body),
      ...claimsOf(viewer),
    });
    const signature = sign('sha256', Buffer.from(`${header}.${claims}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${header}.${claims}.${signature.toString('base64url')}`;
  };
}

export type VerifyAssertion = (header: string | undefined, body: string | Buffer) => Assertion;

/**
 * @param keys the public keys that are trusted, each with `kid` and with the issuer it may speak for in `issuer`
 * @param audience the name of the part that verifies
 * @returns a function that throws {@link AssertionRejected} unless the assertion holds for exactly this body
 */
export function createAssertionVerifier(
  keys: readonly TrustedKey[],
  audience: string,
  now: () => number = Date.now,
): VerifyAssertion {
  const trusted = new Map(
    keys.map((key) => [key.jwk.kid, { ...key, publicKey: createPublicKey({ key: key.jwk, format: 'jwk' }) }]),
  );
  return (header, body) => {
    if (!header) throw new AssertionRejected('missing');
    const [encodedHeader = '', encodedClaims = '', encodedSignature = '', rest] = header.split('.');
    if (rest !== undefined) throw new AssertionRejected('malformed');
    const { alg, typ, kid } = decode(encodedHeader);
    const key = typeof kid === 'string' ? trusted.get(kid) : undefined;
    if (!key || alg !== 'ES256' || typ !== TYPE) throw new AssertionRejected('unknown key or type');
    if (!isSigned(`${encodedHeader}.${encodedClaims}`, encodedSignature, key.publicKey))
      throw new AssertionRejected('signature');
    const claims = decode(encodedClaims);
    requireClaims(claims, key.issuer, audience, body, now() / 1000);
    return { issuer: key.issuer, viewer: viewerOf(claims), requestId: String(claims['req']) };
  };
}

/** A public key and the one issuer that it speaks for. */
export interface TrustedKey {
  readonly jwk: JWK;
  readonly issuer: string;
}

function requireClaims(claims: Claims, issuer: string, audience: string, body: string | Buffer, now: number): void {
  const { iss, aud, iat, exp, dig } = claims;
  if (iss !== issuer) throw new AssertionRejected('issuer');
  if (aud !== audience) throw new AssertionRejected('audience');
  if (typeof exp !== 'number' || exp + CLOCK_SKEW_SECONDS < now) throw new AssertionRejected('expired');
  if (typeof iat !== 'number' || iat - CLOCK_SKEW_SECONDS > now) throw new AssertionRejected('issued in the future');
  if (typeof dig !== 'string' || !isEqual(dig, digest(body))) throw new AssertionRejected('body');
}

type Claims = Record<string, unknown>;

function claimsOf(viewer: Viewer): Claims {
  const client = { adr: viewer.clientAddress, agt: viewer.clientAgent };
  if (viewer.kind === 'anonymous') return client;
  return {
    ...client,
    sub: viewer.userId,
    sid: viewer.sessionId,
    key: viewer.apiKeyId,
    scope: [...viewer.permissions].join(' '),
    vex: viewer.expiresAt.getTime(),
  };
}

function viewerOf(claims: Claims): Viewer {
  const { sub, sid, key, scope, vex, adr, agt } = claims;
  const client = {
    ...(typeof adr === 'string' && { clientAddress: adr }),
    ...(typeof agt === 'string' && { clientAgent: agt }),
  };
  if (sub === undefined) return { ...anonymous, ...client };
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof scope !== 'string' || typeof vex !== 'number')
    throw new AssertionRejected('claims of the viewer');
  return {
    ...client,
    kind: 'user',
    userId: sub,
    sessionId: sid,
    ...(typeof key === 'string' && { apiKeyId: key }),
    permissions: new Set(scope.split(' ').filter(isPermission)),
    expiresAt: new Date(vex),
  };
}

function isSigned(input: string, signature: string, publicKey: KeyObject): boolean {
  return verify(
    'sha256',
    Buffer.from(input),
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
}

function isEqual(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function digest(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('base64url');
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(text: string): Claims {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (value !== null && typeof value === 'object') return value as Claims;
  } catch {
    // Falls through: whatever is not a JSON object is malformed.
  }
  throw new AssertionRejected('malformed');
}
