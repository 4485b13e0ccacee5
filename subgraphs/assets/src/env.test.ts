import { StartupFault } from '@opsconductor/process';
import { createRootKey } from '@opsconductor/vault';
import { readAssetsEnvironment } from './env.ts';

const complete = {
  DATABASE_URL: 'postgresql://user:password@db:5432/opsconductor',
  TRUSTED_ASSERTION_KEYS: '[{ "issuer": "router", "jwk": { "kty": "EC", "kid": "1" } }]',
  VAULT_ROOT_KEY: createRootKey().export().toString('base64'),
};

test('what is needed is enough', () => {
  expect(readAssetsEnvironment(complete)).toMatchObject({
    ASSETS_HOST: '127.0.0.1',
    ASSETS_PORT: 4002,
    databaseUrl: complete.DATABASE_URL,
    TRUSTED_ASSERTION_KEYS: [{ issuer: 'router' }],
  });
});

test('the domain’s own database goes first', () => {
  const own = 'postgresql://assets@db:5432/assets';
  expect(readAssetsEnvironment({ ...complete, ASSETS_DATABASE_URL: own }).databaseUrl).toBe(own);
});

test.each<[string, NodeJS.ProcessEnv]>([
  ['DATABASE_URL', { DATABASE_URL: '' }],
  ['TRUSTED_ASSERTION_KEYS', { TRUSTED_ASSERTION_KEYS: '' }],
  ['TRUSTED_ASSERTION_KEYS', { TRUSTED_ASSERTION_KEYS: 'not json' }],
  ['TRUSTED_ASSERTION_KEYS', { TRUSTED_ASSERTION_KEYS: '[{"issuer":"router"}]' }],
  ['VAULT_ROOT_KEY', { VAULT_ROOT_KEY: '' }],
  ['VAULT_ROOT_KEY', { VAULT_ROOT_KEY: 'c2hvcnQ=' }],
  ['ASSETS_PORT', { ASSETS_PORT: '70000' }],
  ['REDIS_URL', { REDIS_URL: 'redis' }],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }],
])('a wrong %s is a sentence that names it: %j', (name, change) => {
  const read = () => readAssetsEnvironment({ ...complete, ...change });
  expect(read).toThrow(StartupFault);
  expect(read).toThrow(name);
  for (const value of Object.values(change)) if (value && value.length > 6) expect(read).not.toThrow(value);
});
