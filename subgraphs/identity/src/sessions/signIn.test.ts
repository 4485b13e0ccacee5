import { performance } from 'node:perf_hooks';
import { anonymous, permissionsOf } from '@opsconductor/authz';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { PASSWORD, SIGN_IN, DISABLE_USER, givenUser, openWorld, sendTo } from '../testing/world.ts';
import type { Data, World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.setUp();
});
afterAll(() => world.close());

async function signIn(email: string, password = PASSWORD): Promise<Data> {
  return (await world.ask(anonymous, SIGN_IN, { email, password })).signIn;
}

const wrong = 'another piano granite';

describe('the right password', () => {
  test('gives an access token of five minutes with the claims that routers expect', async () => {
    const { id, email } = await givenUser(world, { roles: ['AUDITOR'] });
    const { accessToken, expiresAt, userId } = await signIn(email);
    const [header, claims] = [decodeProtectedHeader(accessToken), decodeJwt(accessToken)];
    const at = Math.floor(world.clock.now().getTime() / 1000);
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(userId).toBe(id);
    expect(claims).toEqual({
      iss: 'opsconductor',
      aud: 'opsconductor',
      sub: id,
      sid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      scope: [...permissionsOf(['AUDITOR'])].join(' '),
      amr: ['pwd'],
      auth_time: at,
      iat: at,
      exp: at + 300,
    });
    expect(expiresAt).toBe(new Date((at + 300) * 1000).toISOString());
  });

  test('works with any spelling of the address', async () => {
    const { email } = await givenUser(world);
    expect(await signIn(` ${email.toUpperCase()} `)).toMatchObject({ __typename: 'SignedIn' });
  });

  test('starts a session, which is announced', async () => {
    const { id, email } = await givenUser(world);
    await world.takeEvents();
    const { sessionId } = await world.signIn(email);
    expect(await world.takeEvents()).toMatchObject([
      {
        type: 'identity.session.started',
        actorId: id,
        requestId: 'request-1',
        subject: { type: 'session', id: sessionId },
        data: { method: 'password' },
      },
    ]);
  });

  test('twenty times at once on two processes works every time', async () => {
    const { email } = await givenUser(world);
    const processes = [world.identity, await world.replica()];
    const variables = { email, password: PASSWORD };
    const answers = await Promise.all(
      processes.flatMap((each) => Array.from({ length: 10 }, () => sendTo(each, anonymous, SIGN_IN, variables))),
    );
    const types = answers.map(({ data }) => (data as Data).signIn.__typename);
    expect(types).toEqual(Array(20).fill('SignedIn'));
  });

  test('is not kept from an owner by a stranger who guesses, wherever else the owner is', async () => {
    const { email } = await givenUser(world);
    const from = async (clientAddress: string, password: string) => {
      const { data } = await sendTo(world.identity, { kind: 'anonymous', clientAddress }, SIGN_IN, { email, password });
      return (data as Data).signIn.__typename as string;
    };
    const guesses: string[] = [];
    for (let guess = 1; guess <= 5; guess += 1) guesses.push(await from('198.51.100.7', wrong));
    expect(guesses).toEqual(['SignInRejected', ...Array<string>(4).fill('TooManyAttempts')]);
    expect(await from('198.51.100.7', PASSWORD)).toBe('TooManyAttempts');
    expect(await from('203.0.113.9', PASSWORD)).toBe('SignedIn');
    expect(await from('198.51.100.7', PASSWORD)).toBe('TooManyAttempts');
  });

  test('renews a hash that was made with other parameters', async () => {
    const { id, email } = await givenUser(world);
    const stronger = await world.replica({ passwordHashing: { memoryKib: 19_456, passes: 3, lanes: 1 } });
    const { data } = await sendTo(stronger, anonymous, SIGN_IN, { email, password: PASSWORD });
    expect((data as Data).signIn.__typename).toBe('SignedIn');
    const { passwordHash } = await world.prisma.user.findUniqueOrThrow({ where: { id } });
    expect(passwordHash).toContain('m=19456,t=3,p=1');
    world.clock.advance(1);
    expect(await signIn(email)).toMatchObject({ __typename: 'SignedIn' });
  });
});

describe('what is rejected', () => {
  test('a wrong password, an unknown address and a disabled user get the same answer', async () => {
    const [known, disabled] = [await givenUser(world), await givenUser(world)];
    await world.ask(world.admin, DISABLE_USER, { id: disabled.id });
    const answers = [
      await signIn(known.email, wrong),
      await signIn('nobody@example.org'),
      await signIn(disabled.email),
      await signIn('no address'),
      await signIn('nul\u0000@example.org'),
      await signIn(''),
    ];
    for (const answer of answers)
      expect(answer).toEqual({
        __typename: 'SignInRejected',
        message: 'The address or the password is wrong, or the account is disabled.',
      });
  });

  test('is announced with its reason, and an unknown address not in clear', async () => {
    const { id, email } = await givenUser(world);
    await world.takeEvents();
    await signIn(email, wrong);
    const rejection = { type: 'identity.signIn.rejected', actorId: null, requestId: 'request-1' };
    expect(await world.takeEvents()).toMatchObject([
      { ...rejection, subject: { type: 'user', id }, data: { reason: 'wrongPassword' } },
    ]);
    await signIn('my-password-by-mistake@example.org', wrong);
    const events = await world.takeEvents();
    expect(events).toMatchObject([{ ...rejection, subject: { type: 'account' }, data: { reason: 'unknownAddress' } }]);
    expect(JSON.stringify(events)).not.toMatch(/mistake|granite/);
  });

  test('takes the same work for a known and an unknown address', async () => {
    const { email } = await givenUser(world);
    // CPU time of this process, hashing threads included: unlike time, it does not depend on who else is at work.
    const workOf = async (address: string): Promise<number> => {
      world.clock.advance(3_600);
      const began = process.cpuUsage();
      expect(await signIn(address, wrong)).toMatchObject({ __typename: 'SignInRejected' });
      const { user, system } = process.cpuUsage(began);
      return user + system;
    };
    const [known, unknown] = [[] as number[], [] as number[]];
    for (let round = 0; round < 10; round += 1) {
      known.push(await workOf(email));
      unknown.push(await workOf('stranger@example.org'));
    }
    const ratio = Math.min(...unknown) / Math.min(...known);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });

  test('a password of a megabyte costs no hash, and counts', async () => {
    const { email } = await givenUser(world);
    const began = performance.now();
    expect(await signIn(email, 'x'.repeat(1_000_000))).toMatchObject({ __typename: 'SignInRejected' });
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(await signIn(email)).toMatchObject({ __typename: 'TooManyAttempts' });
  });
});

describe.each(['known', 'unknown'])('the delay of a %s address', (kind) => {
  async function givenAddress(): Promise<string> {
    return kind === 'known' ? (await givenUser(world)).email : `${performance.now()}@example.org`;
  }

  test('grows 1, 2, 4 s up to 15 minutes', async () => {
    const email = await givenAddress();
    const delays: number[] = [];
    for (let failures = 1; failures <= 12; failures += 1) {
      expect(await signIn(email, wrong)).toMatchObject({ __typename: 'SignInRejected' });
      const { __typename, retryAfterSeconds } = await signIn(email, wrong);
      expect(__typename).toBe('TooManyAttempts');
      delays.push(retryAfterSeconds);
      world.clock.advance(retryAfterSeconds);
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  test('is not lengthened by attempts that come too early', async () => {
    const email = await givenAddress();
    await signIn(email, wrong);
    world.clock.advance(0.4);
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect(await signIn(email, wrong)).toMatchObject({ retryAfterSeconds: 1 });
    world.clock.advance(0.6);
    expect(await signIn(email, wrong)).toMatchObject({ __typename: 'SignInRejected' });
  });

  test('lets one of twenty attempts at once through, in one document or in many, on one process or on two', async () => {
    const email = await givenAddress();
    const other = await world.replica();
    const aliased = Array.from({ length: 5 }, (_, n) => `a${n}: signIn(input: $input) { __typename }`).join(' ');
    const document = `mutation ($input: SignInInput!) { ${aliased} }`;
    const answers = await Promise.all(
      [world.identity, other, world.identity, other].map((identity) =>
        sendTo(identity, anonymous, document, { input: { email, password: wrong } }),
      ),
    );
    const types = answers.flatMap(({ data }) => Object.values(data as Data).map((each) => (each as Data).__typename));
    expect(types.filter((type) => type === 'SignInRejected')).toHaveLength(1);
    expect(types.filter((type) => type === 'TooManyAttempts')).toHaveLength(19);
  });
});

test('a stranger cannot lock an account: after the delay the right password works, and the delays begin anew', async () => {
  const { email } = await givenUser(world);
  for (let failures = 0; failures < 15; failures += 1) {
    await signIn(email, wrong);
    world.clock.advance(900);
  }
  expect(await signIn(email)).toMatchObject({ __typename: 'SignedIn' });
  await signIn(email, wrong);
  expect(await signIn(email)).toMatchObject({ retryAfterSeconds: 1 });
});
