import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigningKey } from '@opsconductor/authz';
import { StartupFault } from '@opsconductor/process';
import { readRouterEnvironment } from './env.ts';

const key = generateSigningKey();
const complete = {
  IDENTITY_URL: 'http://identity:4001',
  ASSETS_URL: 'http://assets:4002',
  AUTOMATION_URL: 'http://automation:4003',
  COMMUNICATION_URL: 'http://communication:4004',
  ROUTER_ASSERTION_KEY: JSON.stringify(key),
  DATABASE_URL: 'postgres://user:secret@db:5432/opsconductor',
};

test('what is not set has a default', () => {
  expect(readRouterEnvironment(complete)).toMatchObject({
    host: '0.0.0.0',
    port: 4000,
    metricsPort: undefined,
    allowedOrigins: [],
    jwksUrl: 'http://identity:4001/.well-known/jwks.json',
    tokenIssuer: 'opsconductor',
    assertionKey: key,
    wakeUps: { kind: 'postgres', url: complete.DATABASE_URL },
    logLevel: 'info',
  });
});

test('Redis is used for wake-ups when it is there; lists are separated by commas; empty is not set', () => {
  const env = readRouterEnvironment({
    ...complete,
    REDIS_URL: 'redis://redis:6379',
    ROUTER_ALLOWED_ORIGINS: 'https://a.example, https://b.example',
    ROUTER_PORT: '',
  });
  expect(env).toMatchObject({
    wakeUps: { kind: 'redis', url: 'redis://redis:6379' },
    allowedOrigins: ['https://a.example', 'https://b.example'],
    port: 4000,
  });
});

test('a secret can be in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'router-env-'));
  const file = join(folder, 'key');
  writeFileSync(file, `${JSON.stringify(key)}\n`);
  const { ROUTER_ASSERTION_KEY: _key, ...others } = complete;
  expect(readRouterEnvironment({ ...others, ROUTER_ASSERTION_KEY_FILE: file }).assertionKey).toEqual(key);
  rmSync(folder, { recursive: true });
  expect(() => readRouterEnvironment({ ...others, ROUTER_ASSERTION_KEY_FILE: file })).toThrow(
    'ROUTER_ASSERTION_KEY_FILE names a file',
  );
});

test('everything that is missing is named, with what to set', () => {
  const read = () => readRouterEnvironment({});
  expect(read).toThrow(StartupFault);
  for (const name of ['IDENTITY_URL', 'ASSETS_URL', 'AUTOMATION_URL', 'COMMUNICATION_URL']) expect(read).toThrow(name);
  expect(read).toThrow('ROUTER_ASSERTION_KEY: set it to a private P-256 key');
});

test.each([
  [{ DATABASE_URL: '' }, 'Set REDIS_URL or DATABASE_URL'],
  [{ ROUTER_PORT: '70000' }, 'ROUTER_PORT'],
  [{ IDENTITY_URL: 'identity:4001' }, 'IDENTITY_URL: set it to the address of identity'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  [{ ROUTER_ASSERTION_KEY: 'not a key' }, 'ROUTER_ASSERTION_KEY: is no private P-256 key'],
])('%j is refused', (change, reason) => {
  expect(() => readRouterEnvironment({ ...complete, ...change })).toThrow(reason);
});

test('a key is not repeated in a message', () => {
  const { d: _d, ...broken } = key;
  expect(() => readRouterEnvironment({ ...complete, ROUTER_ASSERTION_KEY: JSON.stringify(broken) })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining(String(key.x)) }),
  );
});
