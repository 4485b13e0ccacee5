import { connectGraph, expectType } from '@opsconductor/testkit';
import type { Data } from '@opsconductor/testkit';
import * as documents from '../firstCommand/documents.ts';
import { password, setUp } from '../firstCommand/operator.ts';
import { startStandalone } from '../worlds/standalone.ts';
import type { World } from '../worlds/world.ts';

const email = 'ada@example.com';
/** What a revocation may take to be effective everywhere. */
const EFFECTIVE_MS = 5_500;

let world: World;
beforeAll(async () => {
  world = await startStandalone();
  await setUp(world, email);
}, 120_000);
afterAll(() => world?.stop());

async function signIn(): Promise<Data> {
  const stranger = connectGraph(world.urls[0]);
  const { signIn } = await stranger.query(documents.signIn, { input: { email, password } });
  return expectType(signIn, 'SignedIn');
}

function post(path: string, { body = {}, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {}) {
  return fetch(`${world.urls[0]}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** A browser, as far as its cookie goes. */
async function givenBrowser(): Promise<{ cookie: string; accessToken: string }> {
  const { refreshToken } = await signIn();
  const answer = await post('/auth/refresh', { body: { refreshToken } });
  expect(answer.status).toBe(200);
  const { accessToken } = (await answer.json()) as { accessToken: string };
  return { cookie: cookieOf(answer), accessToken };
}

function cookieOf(answer: Response): string {
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

async function emailOf(accessToken: string): Promise<unknown> {
  return (await connectGraph(world.urls[0], accessToken).send('{ viewer { email } }')).data?.viewer?.email;
}

test('a web page goes on with a cookie that no script can read and no other site can send', async () => {
  const { refreshToken } = await signIn();
  const first = await post('/auth/refresh', { body: { refreshToken } });
  expect(first.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^__Host-opsconductor-refresh=opsr_[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict; Max-Age=\d+$/,
    ),
  ]);
  const text = await first.text();
  expect(text).not.toContain('opsr_');
  expect(await emailOf(JSON.parse(text).accessToken as string)).toBe(email);
  const second = await post('/auth/refresh', { headers: { cookie: `theme=dark; ${cookieOf(first)}` } });
  expect(await emailOf(((await second.json()) as Data).accessToken as string)).toBe(email);
});

test('two tabs that refresh at once both go on', async () => {
  const { cookie } = await givenBrowser();
  const answers = await Promise.all([1, 2, 3].map(() => post('/auth/refresh', { headers: { cookie } })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(new Set(answers.map(cookieOf)).size).toBe(1);
});

test('a page of another origin, a form and a GET are refused, and change nothing', async () => {
  const { cookie } = await givenBrowser();
  const foreign = { cookie, origin: 'https://evil.example' };
  for (const path of ['/auth/refresh', '/auth/logout'])
    expect((await post(path, { headers: foreign })).status).toBe(403);
  const form = { cookie, 'content-type': 'application/x-www-form-urlencoded' };
  expect((await post('/auth/refresh', { headers: form })).status).toBe(415);
  expect((await fetch(`${world.urls[0]}/auth/refresh`, { headers: { cookie } })).status).toBe(405);
  expect((await post('/auth/elsewhere', { headers: { cookie } })).status).toBe(404);
  expect((await post('/auth/refresh', { headers: { cookie } })).status).toBe(200);
});

test.each([{}, { cookie: '__Host-opsconductor-refresh=nonsense' }, { cookie: '__Host-opsconductor-refresh=' }])(
  'without a session there is none to go on with: %j',
  async (headers) => {
    const answer = await post('/auth/refresh', { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.getSetCookie()[0]).toMatch(/Max-Age=0/);
    expect((await post('/auth/logout', { headers })).status).toBe(204);
  },
);

test('logging out ends the session: its cookie at once, its access token and its sockets within 5 seconds', async () => {
  const { cookie, accessToken } = await givenBrowser();
  const page = connectGraph(world.urls[0], accessToken);
  const updates = page.subscribe('subscription { executions(first: 1) { nodes { id } } }');
  await updates.next();
  const answer = await post('/auth/logout', { headers: { cookie } });
  expect(answer.status).toBe(204);
  expect(cookieOf(answer)).toBe('__Host-opsconductor-refresh=');
  expect((await post('/auth/refresh', { headers: { cookie: cookieOf(answer) } })).status).toBe(401);
  const deadline = AbortSignal.timeout(EFFECTIVE_MS);
  const ended = await Promise.race([
    updates.next().then(
      () => 'another answer',
      () => 'closed',
    ),
    new Promise((resolve) => deadline.addEventListener('abort', () => resolve('open'))),
  ]);
  expect(ended).toBe('closed');
  expect(await emailOf(accessToken)).toBeUndefined();
  await page.close();
});
