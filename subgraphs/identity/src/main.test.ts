/** The process as it is started in a distributed installation. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  ASSERTION_HEADER,
  anonymous,
  createAssertionSigner,
  generateSigningKey,
  publicPart,
} from '@opsconductor/authz';
import { createTestDatabase } from '@opsconductor/testkit';
import type { TestDatabase } from '@opsconductor/testkit';
import { createRootKey } from '@opsconductor/vault';

const key = generateSigningKey();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    DATABASE_URL: database.url,
    IDENTITY_PORT: '0',
    TRUSTED_ASSERTION_KEYS: JSON.stringify([{ issuer: 'router', jwk: publicPart(key) }]),
    VAULT_ROOT_KEY: createRootKey().export().toString('base64'),
  };
}

function start(env: NodeJS.ProcessEnv): { process: ChildProcess; lines: string[]; url: Promise<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const url = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    if (line.includes('"subgraph.listening"')) url.resolve((JSON.parse(line) as { url: string }).url);
  });
  createInterface(child.stderr).on('line', (line) => lines.push(line));
  child.once('exit', (code) => url.reject(new Error(`It ended with ${code}:\n${lines.join('\n')}`)));
  url.promise.catch(() => undefined);
  return { process: child, lines, url: url.promise };
}

test('it prints the set-up secret, serves keys and health to all and the graph to the router, and drains', async () => {
  const started = start(environment());
  const url = await started.url;
  expect(((await (await fetch(`${url}/.well-known/jwks.json`)).json()) as { keys: object[] }).keys).toHaveLength(1);
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const body = JSON.stringify({ query: '{ setupRequired }' });
  expect((await fetch(`${url}/graphql`, { method: 'POST', body })).status).toBe(401);
  const assertion = createAssertionSigner(key, 'router')('identity', body, { viewer: anonymous, requestId: 'r1' });
  const answer = await fetch(`${url}/graphql`, { method: 'POST', body, headers: { [ASSERTION_HEADER]: assertion } });
  expect(await answer.json()).toEqual({ data: { setupRequired: true } });
  const ended = once(started.process, 'exit');
  started.process.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(
    started.lines.filter((line) => /^There is no administrator yet\..* secret: [\w-]{43}$/.test(line)),
  ).toHaveLength(1);
}, 60_000);

test.each([
  ['VAULT_ROOT_KEY', { VAULT_ROOT_KEY: undefined }],
  ['VAULT_ROOT_KEY', { VAULT_ROOT_KEY: 'c2hvcnQ=' }],
  ['TRUSTED_ASSERTION_KEYS', { TRUSTED_ASSERTION_KEYS: '{' }],
  ['DATABASE_URL', { DATABASE_URL: undefined }],
  ['IDENTITY_ACCESS_TOKEN_SECONDS', { IDENTITY_ACCESS_TOKEN_SECONDS: 'long' }],
  ['at least 19456 KiB', { IDENTITY_PASSWORD_HASH_MEMORY_KIB: '1024' }],
])(
  'it does not start without a right %s, and says so in a sentence',
  async (name, changes) => {
    const started = start({ ...environment(), ...changes });
    await expect(started.url).rejects.toThrow(name);
    expect(started.process.exitCode).toBe(1);
  },
  60_000,
);
