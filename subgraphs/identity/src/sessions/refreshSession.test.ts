import fc from 'fast-check';
import { anonymous } from '@opsconductor/authz';
import type { AnonymousViewer } from '@opsconductor/authz';
import { DISABLE_USER, SIGN_IN, PASSWORD, givenUser, openWorld, readSignedIn, sendTo } from '../testing/world.ts';
import type { Data, World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.setUp();
});
afterAll(() => world.close());

const REFRESH = `mutation ($refreshToken: String!) {
  refreshSession(input: { refreshToken: $refreshToken }) {
    __typename
    ... on SignedIn { accessToken refreshToken expiresAt userId }
    ... on Refusal { message }
  }
}`;
const VIEWER = '{ viewer { email } }';
const SESSIONS = '{ sessions { nodes { id isCurrent clientAddress clientAgent lastSeenAt } } }';
const laptop: AnonymousViewer = { ...anonymous, clientAddress: '203.0.113.7', clientAgent: 'Firefox' };
const elsewhere: AnonymousViewer = { ...anonymous, clientAddress: '198.51.100.9', clientAgent: 'curl' };

async function signIn(from = laptop): Promise<Data & { email: string }> {
  const { email } = await givenUser(world);
  const data = await world.ask(from, SIGN_IN, { email, password: PASSWORD });
  return { email, ...(data['signIn'] as Data) };
}

async function refresh(refreshToken: string, from = laptop, identity = world.identity): Promise<Data> {
  const { data, errors } = await sendTo(identity, from, REFRESH, { refreshToken });
  expect(errors).toBeUndefined();
  return (data as Data)['refreshSession'] as Data;
}

test('a refresh token gives a new access token of the same session, and the next refresh token', async () => {
  const first = await signIn();
  const before = await readSignedIn(world.identity, first as never, world.clock);
  world.clock.advance(290);
  const next = await refresh(first['refreshToken'] as string);
  expect(next).toMatchObject({ __typename: 'SignedIn', userId: first['userId'] });
  expect(next['refreshToken']).not.toBe(first['refreshToken']);
  const after = await readSignedIn(world.identity, next as never, world.clock);
  expect(after).toMatchObject({ sessionId: before.sessionId, userId: before.userId });
  expect(after.expiresAt.getTime()).toBeGreaterThan(before.expiresAt.getTime());
  world.clock.advance(200);
  expect(await world.ask(after, VIEWER)).toEqual({ viewer: { email: first['email'] } });
});

test('twenty uses of one token at once have one successor', async () => {
  const { refreshToken } = await signIn();
  const replica = await world.replica();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => refresh(refreshToken as string, laptop, n % 2 ? replica : world.identity)),
  );
  expect(new Set(answers.map((answer) => answer['refreshToken'])).size).toBe(1);
  expect(await refresh(answers[0]?.['refreshToken'] as string)).toMatchObject({ __typename: 'SignedIn' });
});

test.each([
  { when: 'later than 10 seconds after', from: laptop, seconds: 11 },
  { when: 'at once, from elsewhere', from: elsewhere, seconds: 0 },
])('a token that is used again $when ends the session, and says so', async ({ from, seconds }) => {
  const first = await signIn();
  const next = await refresh(first['refreshToken'] as string);
  const viewer = await readSignedIn(world.identity, next as never, world.clock);
  await world.takeEvents();
  world.clock.advance(seconds);
  expect(await refresh(first['refreshToken'] as string, from)).toMatchObject({ __typename: 'RefreshRejected' });
  expect(await refresh(next['refreshToken'] as string)).toMatchObject({ __typename: 'RefreshRejected' });
  expect(await world.send(viewer, VIEWER)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await world.takeEvents()).toMatchObject([
    { type: 'identity.session.ended', actorId: null, data: { reason: 'refreshTokenReused' } },
  ]);
});

test.each(['', 'opsr_', `opsr_${'A'.repeat(43)}`, 'x'.repeat(100_000), 'nul\0', `opsr_${'A'.repeat(42)}\n`])(
  'what is no token is refused: %j',
  async (token) => {
    expect(await refresh(token)).toMatchObject({ __typename: 'RefreshRejected' });
  },
);

test('who is disabled gets nothing for a refresh token', async () => {
  const { refreshToken, userId } = await signIn();
  await world.ask(world.admin, DISABLE_USER, { id: userId });
  expect(await refresh(refreshToken as string)).toMatchObject({ __typename: 'RefreshRejected' });
});

test('a session ends without refreshes after a week, and with them after thirty days', async () => {
  const day = 24 * 60 * 60;
  const idle = await signIn();
  let { refreshToken } = await signIn();
  for (let days = 0; days < 28; days += 4) {
    world.clock.advance(4 * day);
    refreshToken = (await refresh(refreshToken as string))['refreshToken'];
    expect(refreshToken).toBeDefined();
  }
  world.clock.advance(3 * day);
  expect(await refresh(refreshToken as string)).toMatchObject({ __typename: 'RefreshRejected' });
  expect(await refresh(idle['refreshToken'] as string)).toMatchObject({ __typename: 'RefreshRejected' });
});

test('only hashes of refresh tokens are stored', async () => {
  const { refreshToken } = await signIn();
  const next = (await refresh(refreshToken as string))['refreshToken'] as string;
  const rows = await world.prisma.$queryRaw<{ row: string }[]>`select refresh_tokens::text as row from refresh_tokens`;
  const installation = await world.prisma.$queryRaw<
    { row: string }[]
  >`select installation::text as row from installation`;
  const stored = JSON.stringify([rows, installation]);
  for (const token of [refreshToken as string, next]) {
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(token.slice(5), 'base64url').toString('hex'));
  }
});

test('sessions are listed with where they were last seen, and end one by one or all but the current one', async () => {
  const { email } = await givenUser(world);
  const at = async (from: AnonymousViewer) => {
    const { signIn: signedIn } = await world.ask(from, SIGN_IN, { email, password: PASSWORD });
    return readSignedIn(world.identity, signedIn as never, world.clock);
  };
  const [one, other, third] = [await at(laptop), await at(elsewhere), await at(laptop)];
  const list = async () => ((await world.ask(one, SESSIONS))['sessions'] as Data)['nodes'] as Data[];
  expect(await list()).toMatchObject([
    { id: third.sessionId, isCurrent: false },
    { id: other.sessionId, isCurrent: false, clientAddress: '198.51.100.9', clientAgent: 'curl' },
    { id: one.sessionId, isCurrent: true, clientAddress: '203.0.113.7', clientAgent: 'Firefox' },
  ]);
  const REVOKE = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { __typename } }';
  expect(await world.ask(one, REVOKE, { id: other.sessionId })).toMatchObject({
    revokeSession: { __typename: 'SessionRevoked' },
  });
  expect(await world.ask(one, REVOKE, { id: other.sessionId })).toMatchObject({
    revokeSession: { __typename: 'SessionNotFound' },
  });
  expect(await world.send(other, VIEWER)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  expect(await world.ask(one, 'mutation { revokeOtherSessions { count } }')).toEqual({
    revokeOtherSessions: { count: 1 },
  });
  expect(await list()).toHaveLength(1);
});

test('the session of somebody else is ended by who may write users, and by nobody else', async () => {
  const [mine, theirs] = [await signIn(), await signIn()];
  const [me, them] = await Promise.all(
    [mine, theirs].map((signedIn) => readSignedIn(world.identity, signedIn as never, world.clock)),
  );
  const REVOKE = 'mutation ($id: ID!) { revokeSession(input: { id: $id }) { __typename } }';
  expect(await world.ask(me as never, REVOKE, { id: them?.sessionId })).toMatchObject({
    revokeSession: { __typename: 'SessionNotFound' },
  });
  await world.setUp();
  expect(await world.ask(world.admin, REVOKE, { id: them?.sessionId })).toMatchObject({
    revokeSession: { __typename: 'SessionRevoked' },
  });
});

test('whatever is presented in whatever order, a family never has two live leaves', async () => {
  const act = fc.record({
    token: fc.nat(5),
    from: fc.constantFrom(laptop, elsewhere),
    wait: fc.constantFrom(0, 4, 11),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
      const first = await signIn();
      const { sessionId } = await readSignedIn(world.identity, first as never, world.clock);
      const tokens = [first['refreshToken'] as string];
      for (const { token, from, wait } of acts) {
        world.clock.advance(wait);
        const next = (await refresh(tokens[token % tokens.length] as string, from))['refreshToken'] as
          string | undefined;
        if (next && !tokens.includes(next)) tokens.push(next);
        expect(await world.prisma.refreshToken.count({ where: { sessionId, usedAt: null } })).toBe(1);
      }
    }),
    { numRuns: 15 },
  );
});
