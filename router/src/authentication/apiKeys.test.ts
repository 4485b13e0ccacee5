import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import {
  ASSERTION_HEADER,
  createApiKey,
  createAssertionSigner,
  createAssertionVerifier,
  generateSigningKey,
  parseApiKey,
  publicPart,
} from '@opsconductor/authz';
import type { ApiKeyAnswer, ApiKeyQuestion } from '@opsconductor/authz';
import { createAuthenticator } from './authenticator.ts';
import { createRemoteApiKeys } from './remoteApiKeys.ts';
import { IdentityUnavailable, KeyRejected } from './tokenRejected.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const USER = randomUUID();

/** An authenticator before an identity that knows one key, and notes what it is asked. */
function given(allowedNetworks: string[] = []) {
  const id = randomUUID();
  const { key, secretDigest } = createApiKey('test', id);
  const state = { now: NOW, asked: [] as ApiKeyQuestion[], isRevoked: false, isAway: false };
  const resolveApiKey = async (question: ApiKeyQuestion): Promise<ApiKeyAnswer> => {
    state.asked.push(question);
    if (state.isAway) throw new Error('connect ECONNREFUSED');
    if (state.isRevoked || question.id !== id || question.secretDigest !== secretDigest) return { outcome: 'rejected' };
    const expiresAt = new Date(NOW + 60_000).toISOString();
    return { outcome: 'accepted', userId: USER, permissions: ['execution:read'], expiresAt, allowedNetworks };
  };
  const keys = () => {
    throw new Error('no access token is expected');
  };
  const options = { keys, issuer: 'opsconductor', audience: 'opsconductor', clock: { now: () => state.now } };
  const { authenticate } = createAuthenticator({ ...options, resolveApiKey });
  return { key, id, state, authenticate };
}

test('a key is a viewer with the rights that identity says, with and without the scheme', async () => {
  const { key, id, authenticate } = given();
  for (const credential of [`Bearer ${key}`, `bearer  ${key}`, key])
    expect(await authenticate(credential, '203.0.113.1')).toEqual({
      kind: 'user',
      userId: USER,
      sessionId: id,
      apiKeyId: id,
      permissions: new Set(['execution:read']),
      expiresAt: new Date(NOW + 60_000),
    });
});

test('what identity is asked does not hold the key', async () => {
  const { key, id, state, authenticate } = given();
  await authenticate(key, '203.0.113.1');
  expect(state.asked).toEqual([{ ...parseApiKey(key), id, clientAddress: '203.0.113.1' }]);
  expect(JSON.stringify(state.asked)).not.toContain(key.slice(-72, -8));
});

test('a forged checksum asks nobody', async () => {
  const { key, state, authenticate } = given();
  const forged = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
  for (const credential of [forged, 'opsc_', `opsc_${'x'.repeat(1_000)}`])
    await expect(authenticate(credential)).rejects.toThrow(KeyRejected);
  expect(state.asked).toEqual([]);
});

test('an answer is remembered for less than five seconds, so that a revoked key is refused by then', async () => {
  const { key, state, authenticate } = given();
  await Promise.all([authenticate(key), authenticate(key), authenticate(key)]);
  expect(state.asked).toHaveLength(1);
  state.isRevoked = true;
  state.now += 3_900;
  await authenticate(key);
  state.now += 200;
  await expect(authenticate(key)).rejects.toThrow(KeyRejected);
});

test('a key that lapses is refused at once, remembered or not', async () => {
  const { key, state, authenticate } = given();
  state.now = NOW + 59_000;
  await authenticate(key);
  state.now = NOW + 60_000;
  await expect(authenticate(key)).rejects.toThrow(KeyRejected);
});

test.each([
  ['10.1.2.3', true],
  ['::ffff:10.1.2.3', true],
  ['11.0.0.1', false],
  ['2001:db8::7', true],
  ['2001:db9::7', false],
  ['192.0.2.8', true],
  ['192.0.2.9', false],
  ['nonsense', false],
  [undefined, false],
])('a key for some networks from %s: %s', async (address, isAccepted) => {
  const { key, authenticate } = given(['10.0.0.0/8', '2001:db8::/32', '192.0.2.8']);
  const answer = authenticate(key, address);
  if (isAccepted) await answer;
  else await expect(answer).rejects.toThrow(KeyRejected);
});

test('identity away: nothing is said about the key, and it is asked again', async () => {
  const { key, state, authenticate } = given();
  state.isAway = true;
  await expect(authenticate(key)).rejects.toThrow(IdentityUnavailable);
  state.isAway = false;
  await authenticate(key);
});

test('over HTTP the question goes under an assertion over exactly its bytes', async () => {
  const signing = generateSigningKey();
  const verify = createAssertionVerifier([{ issuer: 'router', jwk: publicPart(signing) }], 'identity');
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    verify(request.headers[ASSERTION_HEADER] as string, Buffer.concat(parts));
    const isAway = (JSON.parse(Buffer.concat(parts).toString()) as ApiKeyQuestion).clientAddress === 'away';
    response.writeHead(isAway ? 500 : 200).end(JSON.stringify({ outcome: 'rejected' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const remote = createRemoteApiKeys(url, createAssertionSigner(signing, 'router'));
  const question = { id: randomUUID(), secretDigest: 'd' };
  expect(await remote.resolve(question)).toEqual({ outcome: 'rejected' });
  await expect(remote.resolve({ ...question, clientAddress: 'away' })).rejects.toThrow('status 500');
  await remote.close();
  server.close();
});
