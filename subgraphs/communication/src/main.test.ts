/** The process as it is started in a distributed installation. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ASSERTION_HEADER, createAssertionSigner, generateSigningKey, publicPart } from '@opsconductor/authz';
import { createTestDatabase } from '@opsconductor/testkit';
import type { TestDatabase } from '@opsconductor/testkit';
import { viewerWith } from './testing/world.ts';

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
    COMMUNICATION_PORT: '0',
    TRUSTED_ASSERTION_KEYS: JSON.stringify([{ issuer: 'router', jwk: publicPart(key) }]),
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

test('it records, serves health to all and the graph to the router, and drains', async () => {
  const started = start(environment());
  const url = await started.url;
  expect((await fetch(`${url}/ready`)).status).toBe(200);
  const body = JSON.stringify({ query: '{ auditEvents { nodes { id } } }' });
  expect((await fetch(`${url}/graphql`, { method: 'POST', body })).status).toBe(401);
  const viewer = viewerWith(['audit:read']);
  const assertion = createAssertionSigner(key, 'router')('communication', body, { viewer, requestId: 'r1' });
  const answer = await fetch(`${url}/graphql`, { method: 'POST', body, headers: { [ASSERTION_HEADER]: assertion } });
  expect(await answer.json()).toEqual({ data: { auditEvents: { nodes: [] } } });
  const ended = once(started.process, 'exit');
  started.process.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
}, 60_000);

test.each([
  ['TRUSTED_ASSERTION_KEYS', { TRUSTED_ASSERTION_KEYS: '{' }],
  ['DATABASE_URL', { DATABASE_URL: undefined }],
])(
  'it does not start without a right %s, and says so in a sentence',
  async (name, changes) => {
    const started = start({ ...environment(), ...changes });
    await expect(started.url).rejects.toThrow(name);
    expect(started.process.exitCode).toBe(1);
  },
  60_000,
);
