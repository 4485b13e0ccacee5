import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { generateSigningKey, publicPart } from '@opsconductor/authz';
import { importJWK, SignJWT } from 'jose';
import type { JWK } from 'jose';
import { createAuthenticator } from './authenticator.ts';
import { createRemoteKeySet } from './remoteKeySet.ts';
import { KeysUnavailable, TokenRejected } from './tokenRejected.ts';

/** A JWKS endpoint that tests change; counts how often it was asked. */
async function givenIssuer(keys: JWK[]) {
  const state = { keys, status: 200, requests: 0 };
  const server = createServer((_, response) => {
    state.requests += 1;
    response.writeHead(state.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: state.keys.map(publicPart) }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`;
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { state, url, [Symbol.asyncDispose]: close };
}

async function tokenBy(key: JWK): Promise<string> {
  return new SignJWT({ sid: 's', scope: 'target:read' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid as string })
    .setIssuer('opsconductor')
    .setAudience('opsconductor')
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(await importJWK(key, 'ES256'));
}

const authenticatorFor = (url: string) =>
  createAuthenticator({ keys: createRemoteKeySet(url), issuer: 'opsconductor', audience: 'opsconductor' });

test('fetches the keys once', async () => {
  const key = generateSigningKey();
  await using issuer = await givenIssuer([key]);
  const { authenticate } = authenticatorFor(issuer.url);
  const tokens = await Promise.all([tokenBy(key), tokenBy(key), tokenBy(key)]);
  await Promise.all(tokens.map((each) => authenticate(each)));
  expect(await authenticate(await tokenBy(key))).toMatchObject({ userId: 'user-1' });
  expect(issuer.state.requests).toBe(1);
});

test('invented key ids do not make it fetch again within the cooldown', async () => {
  const key = generateSigningKey();
  await using issuer = await givenIssuer([key]);
  const { authenticate } = authenticatorFor(issuer.url);
  await authenticate(await tokenBy(key));
  for (let attempt = 0; attempt < 5; attempt += 1)
    await expect(authenticate(await tokenBy(generateSigningKey()))).rejects.toBeInstanceOf(TokenRejected);
  expect(issuer.state.requests).toBe(1);
});

test('an issuer that does not answer rejects no token, and is asked again', async () => {
  const key = generateSigningKey();
  await using issuer = await givenIssuer([key]);
  const { authenticate } = authenticatorFor(issuer.url);
  issuer.state.status = 503;
  await expect(authenticate(await tokenBy(key))).rejects.toBeInstanceOf(KeysUnavailable);
  issuer.state.status = 200;
  expect(await authenticate(await tokenBy(key))).toMatchObject({ userId: 'user-1' });
  expect(issuer.state.requests).toBe(2);
});

test('nobody listening rejects no token', async () => {
  const issuer = await givenIssuer([]);
  await issuer[Symbol.asyncDispose]();
  const { authenticate } = authenticatorFor(issuer.url);
  await expect(authenticate(await tokenBy(generateSigningKey()))).rejects.toBeInstanceOf(KeysUnavailable);
});
