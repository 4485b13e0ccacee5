import { randomUUID } from 'node:crypto';
import { ASSERTION_HEADER, anonymous, createAssertionSigner, generateSigningKey } from '@opsconductor/authz';
import type { SignAssertion } from '@opsconductor/authz';
import { givenCredential, givenTarget, unique } from './testing/given.ts';
import { createViewer, createWorld } from './testing/world.ts';
import type { Issuer, World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const viewer = createViewer('target:read');
const bodies: Record<string, object> = {
  '/graphql': { query: '{ targets { nodes { id } } }' },
  '/internal/selections': { targetIds: [] },
  '/internal/connections': {
    executionId: randomUUID(),
    tasks: [{ taskId: randomUUID(), attempt: 1, targetId: randomUUID() }],
  },
  '/internal/host-keys': {
    executionId: randomUUID(),
    targetId: randomUUID(),
    algorithm: 'ssh-ed25519',
    publicKey: '',
    fingerprint: '',
  },
};
const callers: Record<string, Issuer> = {
  '/graphql': 'router',
  '/internal/selections': 'automation',
  '/internal/connections': 'executor',
  '/internal/host-keys': 'executor',
};
const paths = Object.keys(bodies);

async function post(path: string, body: string, assertion?: string): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/json', ...(assertion && { [ASSERTION_HEADER]: assertion }) };
  const response = await fetch(`${world.url}${path}`, { method: 'POST', headers, body });
  return { status: response.status, text: await response.text() };
}

const assert = (sign: SignAssertion, body: string, audience = 'assets') =>
  sign(audience, body, { viewer, requestId: randomUUID() });

test.each(paths)('%s answers its caller', async (path) => {
  const body = JSON.stringify(bodies[path]);
  const { status, text } = await post(path, body, assert(world.signerOf(callers[path] ?? 'router'), body));
  expect({ status, text }).toEqual({ status: 200, text: expect.not.stringContaining('error') });
});

test.each(paths)('%s answers nobody else', async (path) => {
  const body = JSON.stringify(bodies[path]);
  const own = world.signerOf(callers[path] ?? 'router');
  const others = (['router', 'automation', 'executor'] as const).filter((issuer) => issuer !== callers[path]);
  const stranger = createAssertionSigner(generateSigningKey(), callers[path] ?? 'router');
  const assertions = {
    none: undefined,
    nonsense: 'a.b.c',
    ofAnotherBody: assert(own, `${body} `),
    forAnotherPart: assert(own, body, 'automation'),
    ofAStranger: assert(stranger, body),
    ...Object.fromEntries(others.map((issuer) => [issuer, assert(world.signerOf(issuer), body)])),
  };
  for (const [what, assertion] of Object.entries(assertions))
    expect({ what, ...(await post(path, body, assertion)) }).toMatchObject({ what, status: 401 });
});

test.each(paths.slice(1))('%s refuses what its contract does not have, and tells nothing', async (path) => {
  for (const body of ['{}x', '[]', '{"tasks":[],"targetIds":[1]}', 'null']) {
    const answer = await post(path, body, assert(world.signerOf(callers[path] ?? 'router'), body));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(/^\{"error":"The body is not (JSON|a request for \/internal\/[a-z-]+)\."\}$/);
  }
});

test('a secret leaves through the route for executors only', async () => {
  const password = unique('pa55');
  const targetId = await givenTarget(world, { credentialId: await givenCredential(world, { password }) });
  const body = JSON.stringify({ executionId: randomUUID(), tasks: [{ taskId: randomUUID(), attempt: 1, targetId }] });
  for (const issuer of ['router', 'automation'] as const)
    expect((await post('/internal/connections', body, assert(world.signerOf(issuer), body))).text).not.toContain(
      password,
    );
  const sign = world.signerOf('executor');
  const assertion = sign('assets', body, { viewer: anonymous, requestId: randomUUID() });
  expect((await post('/internal/connections', body, assertion)).text).toContain(password);
});

test('the domain is live and ready', async () => {
  for (const path of ['/live', '/ready']) expect((await fetch(`${world.url}${path}`)).status).toBe(200);
});
