import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { generateSigningKey, publicPart } from '@opsconductor/authz';
import { createLocalJWKSet, errors, importJWK, SignJWT } from 'jose';
import type { JWK, JWTPayload } from 'jose';
import { createAuthenticator } from './authenticator.ts';
import { KeysUnavailable, TokenRejected } from './tokenRejected.ts';

const NOW_SECONDS = 1_800_000_000;
const LIFE_SECONDS = 300;
const key = generateSigningKey();

/** An authenticator with one trusted key and a clock that tests move; counts how often a key is asked for. */
function given() {
  const local = createLocalJWKSet({ keys: [publicPart(key)] });
  const state = { nowMs: NOW_SECONDS * 1000, verifications: 0 };
  const { authenticate } = createAuthenticator({
    keys: (header, token) => {
      state.verifications += 1;
      return local(header, token);
    },
    issuer: 'opsconductor',
    audience: 'opsconductor',
    clock: { now: () => state.nowMs },
  });
  return { authenticate, state };
}

const claims: JWTPayload = {
  iss: 'opsconductor',
  aud: 'opsconductor',
  sub: 'user-1',
  sid: 'session-1',
  scope: 'target:read execution:start',
  amr: ['pwd'],
  auth_time: NOW_SECONDS,
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + LIFE_SECONDS,
};

/** `undefined` for a claim or a header parameter leaves it out. */
async function tokenWith(
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  signer: JWK = key,
) {
  const protectedHeader = { alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header };
  return new SignJWT({ ...claims, ...changes })
    .setProtectedHeader(JSON.parse(JSON.stringify(protectedHeader)))
    .sign(await importJWK(signer, protectedHeader.alg));
}

function unsigned(header: object, payload: object = claims, signature = ''): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(payload)}.${signature}`;
}

async function rejectionOf(credential: string, authenticate = given().authenticate): Promise<TokenRejected> {
  const error: unknown = await authenticate(credential).then(
    () => new Error('the token was accepted'),
    (rejection: unknown) => rejection,
  );
  if (error instanceof TokenRejected) return error;
  throw error;
}

describe('a viewer', () => {
  test('is anonymous without a credential', async () => {
    expect(await given().authenticate(undefined)).toEqual({ kind: 'anonymous' });
  });

  test('is whom the token names', async () => {
    expect(await given().authenticate(`Bearer ${await tokenWith()}`)).toEqual({
      kind: 'user',
      userId: 'user-1',
      sessionId: 'session-1',
      permissions: new Set(['target:read', 'execution:start']),
      expiresAt: new Date((NOW_SECONDS + LIFE_SECONDS) * 1000),
    });
  });

  test.each(['bearer ', 'BEARER ', 'Bearer   ', ''])('is found behind the scheme %j', async (scheme) => {
    expect(await given().authenticate(`${scheme}${await tokenWith()}`)).toMatchObject({ userId: 'user-1' });
  });

  test('has no permission that is not in the catalogue', async () => {
    const token = await tokenWith({ scope: 'target:read root:everything  target:READ' });
    expect(await given().authenticate(token)).toMatchObject({ permissions: new Set(['target:read']) });
  });

  test('may have no permission at all', async () => {
    expect(await given().authenticate(await tokenWith({ scope: '' }))).toMatchObject({ permissions: new Set() });
  });

  test('may come from an issuer whose clock is a little ahead', async () => {
    expect(await given().authenticate(await tokenWith({ iat: NOW_SECONDS + 4 }))).toMatchObject({ kind: 'user' });
  });
});

describe('a token is rejected', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['another issuer', { iss: 'elsewhere' }, {}],
    ['another audience', { aud: 'elsewhere' }, {}],
    ['no audience', { aud: undefined }, {}],
    ['the type of an identity token', {}, { typ: 'JWT' }],
    ['the type of an assertion', {}, { typ: 'opsc-assertion+jwt' }],
    ['no type', {}, { typ: undefined }],
    ['no subject', { sub: undefined }, {}],
    ['an empty subject', { sub: '' }, {}],
    ['a subject that is no text', { sub: 7 }, {}],
    ['no session', { sid: undefined }, {}],
    ['no scope', { scope: undefined }, {}],
    ['a scope that is a list', { scope: ['target:read'] }, {}],
    ['no time of issue', { iat: undefined }, {}],
    ['a time of issue in the future', { iat: NOW_SECONDS + 6 }, {}],
    ['no expiry', { exp: undefined }, {}],
    ['an expiry that is text', { exp: '2999-01-01' }, {}],
    ['a start in the future', { nbf: NOW_SECONDS + 60 }, {}],
    ['an unknown key id', {}, { kid: randomUUID() }],
  ])('with %s', async (_, changes, header) => {
    const rejection = await rejectionOf(await tokenWith(changes, header));
    expect(rejection).toMatchObject({ code: 'UNAUTHENTICATED', isExpired: false });
    expect(rejection.message).toBe('The access token is not valid: sign in again.');
  });

  test('with a critical header that nobody knows', async () => {
    const [, payload, signature] = (await tokenWith()).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, crit: ['x'], x: 1 }));
    await rejectionOf(`${header.toString('base64url')}.${payload}.${signature}`);
  });

  test('signed by another key under the id of ours', async () => {
    await rejectionOf(await tokenWith({}, {}, { ...generateSigningKey(), kid: key.kid as string }));
  });

  test('signed with a larger curve', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    await rejectionOf(await tokenWith({}, { alg: 'ES384' }, privateKey.export({ format: 'jwk' })));
  });

  test.each(['none', 'None', 'nOnE'])('with the algorithm %s', async (alg) => {
    const header = { alg, typ: 'at+jwt', kid: key.kid };
    await rejectionOf(unsigned(header));
    await rejectionOf(unsigned(header, claims, 'AAAA'));
  });

  test.each(['pem', 'der', 'x'])('signed with HS256 under our public key (%s)', async (form) => {
    const jwk = publicPart(key);
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const secret =
      form === 'x'
        ? Buffer.from(jwk.x as string, 'base64url')
        : publicKey.export({ type: 'spki', format: form as 'pem' });
    const unsignedToken = unsigned({ alg: 'HS256', typ: 'at+jwt', kid: key.kid }).slice(0, -1);
    const signature = createHmac('sha256', secret).update(unsignedToken).digest('base64url');
    await rejectionOf(`${unsignedToken}.${signature}`);
  });

  test('with a key of its own in the header', async () => {
    const own = generateSigningKey();
    await rejectionOf(await tokenWith({}, { jwk: publicPart(own), kid: own.kid, jku: 'http://127.0.0.1/keys' }, own));
  });

  test('with one changed character in any part', async () => {
    const token = await tokenWith();
    for (const at of [5, token.indexOf('.') + 5, token.lastIndexOf('.') + 5])
      await rejectionOf(`${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`);
  });

  test('when it is truncated anywhere', async () => {
    const token = await tokenWith();
    for (let length = 0; length < token.length; length += 7) await rejectionOf(token.slice(0, length));
    await rejectionOf(token.slice(0, -1));
  });

  test.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Basic dXNlcjpwYXNz',
    'Bearer Bearer a.b.c',
    'undefined',
    'null',
    'a.b',
    'a.b.c',
    'a.b.c.d',
    'a.b.c.d.e',
    '..',
    'opsc_live_1_abcdef',
    'Bearer a.b.c, Bearer d.e.f',
    'Bearer \u0000.\u0000.\u0000',
    'Bearer ée.é.é',
  ])('when it is no token: %j', async (credential) => {
    await rejectionOf(credential);
  });

  test('of one megabyte, before its signature is looked at', async () => {
    const { authenticate, state } = given();
    expect((await rejectionOf(`Bearer ${'a'.repeat(1_000_000)}`, authenticate)).reason).toBe('too long');
    expect((await rejectionOf(await tokenWith({ pad: 'x'.repeat(1_000_000) }), authenticate)).reason).toBe('too long');
    expect(state.verifications).toBe(0);
  });

  test('without telling the client why, and with telling the log', async () => {
    const rejection = await rejectionOf(await tokenWith({ iss: 'elsewhere' }));
    expect(rejection.message).not.toContain('iss');
    expect(rejection.reason).toContain('iss');
  });
});

describe('an expired token', () => {
  test('is told apart, so that a client can refresh it', async () => {
    const rejection = await rejectionOf(await tokenWith({ iat: NOW_SECONDS - 600, exp: NOW_SECONDS - 300 }));
    expect(rejection).toMatchObject({ code: 'UNAUTHENTICATED', isExpired: true, reason: 'expired' });
    expect(rejection.message).toBe('The access token has expired: refresh it.');
  });

  test('is only told apart when it was ours', async () => {
    const lapsed = { iat: NOW_SECONDS - 600, exp: NOW_SECONDS - 300 };
    expect(await rejectionOf(await tokenWith(lapsed, {}, generateSigningKey()))).toMatchObject({ isExpired: false });
    expect(await rejectionOf(await tokenWith({ ...lapsed, iss: 'elsewhere' }))).toMatchObject({ isExpired: false });
  });

  test('lapses on the second that it names, remembered or not', async () => {
    const { authenticate, state } = given();
    const [token, other] = [await tokenWith(), await tokenWith({ sid: 'session-2' })];
    state.nowMs = (NOW_SECONDS + LIFE_SECONDS) * 1000 - 1;
    expect(await authenticate(token)).toMatchObject({ kind: 'user' });
    state.nowMs += 1;
    expect(await rejectionOf(token, authenticate)).toMatchObject({ isExpired: true });
    expect(await rejectionOf(other, authenticate)).toMatchObject({ isExpired: true });
  });
});

describe('a verified token', () => {
  test('is not verified again', async () => {
    const { authenticate, state } = given();
    const token = await tokenWith();
    expect(await authenticate(token)).toBe(await authenticate(`Bearer ${token}`));
    expect(state.verifications).toBe(1);
  });

  test('does not vouch for another one, and a rejected one is not remembered', async () => {
    const { authenticate, state } = given();
    const token = await tokenWith();
    await authenticate(token);
    const [header, payload] = token.split('.');
    const forged = `${header}.${payload}.${'A'.repeat(86)}`;
    await rejectionOf(forged, authenticate);
    await rejectionOf(forged, authenticate);
    expect(state.verifications).toBe(3);
  });
});

describe('keys that cannot be had', () => {
  test.each<[string, () => Promise<never>]>([
    ['a connection that fails', () => Promise.reject(new TypeError('fetch failed'))],
    ['a timeout', () => Promise.reject(new errors.JWKSTimeout())],
    ['an answer that is no key set', () => Promise.reject(new errors.JWKSInvalid('?'))],
  ])('are not the fault of the token: %s', async (_, keys) => {
    const { authenticate } = createAuthenticator({ keys, issuer: 'opsconductor', audience: 'opsconductor' });
    const error: unknown = await authenticate(await tokenWith()).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(KeysUnavailable);
    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
  });
});
