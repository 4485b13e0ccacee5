/** The process of the distributed topology, as an operator starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { generateSigningKey, publicPart } from '@opsconductor/authz';
import { createTestDatabase, findFreePort } from '@opsconductor/testkit';
import type { TestDatabase } from '@opsconductor/testkit';
import { createRootKey } from '@opsconductor/vault';

let database: TestDatabase;
let environment: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase();
  environment = {
    PATH: process.env['PATH'] ?? '',
    DATABASE_URL: database.url,
    ASSETS_PORT: String(await findFreePort()),
    TRUSTED_ASSERTION_KEYS: JSON.stringify([{ issuer: 'router', jwk: publicPart(generateSigningKey()) }]),
    VAULT_ROOT_KEY: createRootKey().export().toString('base64'),
  };
});
afterAll(() => database.drop());

function start(changes: Record<string, string> = {}) {
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
    env: { ...environment, ...changes },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told: string[] = [];
  createInterface(child.stderr).on('line', (line) => told.push(line));
  const logged: string[] = [];
  const log = createInterface(child.stdout).on('line', (line) => logged.push(line));
  const ended = once(child, 'close').then(([code]) => ({ code, told: told.join('\n'), logged: logged.join('\n') }));
  const started = new Promise<void>((resolve, reject) => {
    log.on('line', (line) => line.includes('process.started') && resolve());
    void ended.then((end) => reject(new Error(`Ended before it started: ${JSON.stringify(end)}`)));
  });
  return { child, started, ended };
}

test('it starts, is ready, answers no stranger and drains on SIGTERM', async () => {
  const { child, started, ended } = start();
  await started;
  const url = `http://127.0.0.1:${environment['ASSETS_PORT']}`;
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  expect((await fetch(`${url}/graphql`, { method: 'POST', body: '{"query":"{ __typename }"}' })).status).toBe(401);
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0, told: '' });
}, 30_000);

test('with another root key it does not start, and says which one it needs', async () => {
  const { ended, started } = start({ VAULT_ROOT_KEY: createRootKey().export().toString('base64') });
  await expect(started).rejects.toThrow('Ended before');
  const { code, told } = await ended;
  expect(code).toBe(1);
  expect(told).toMatch(/^The secrets in this database are sealed under another root key than the one given\./);
  expect(told).not.toMatch(/\n\s+at /);
}, 30_000);

test('without its configuration it says what to set', async () => {
  const { ended, started } = start({ VAULT_ROOT_KEY: '', TRUSTED_ASSERTION_KEYS: '' });
  await expect(started).rejects.toThrow('Ended before');
  const { code, told } = await ended;
  expect(code).toBe(1);
  expect(told).toContain('VAULT_ROOT_KEY: set it to');
  expect(told).toContain('TRUSTED_ASSERTION_KEYS: set it to');
});
