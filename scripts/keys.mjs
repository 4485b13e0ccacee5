// npm run keys: makes the secrets of the distributed topology in deploy/secrets, once. Existing ones are never replaced.
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { giveUp, root } from './prepare.mjs';

const folder = process.argv[2] ?? join(root, 'deploy', 'secrets');
if (existsSync(folder))
  giveUp(`${relative(process.cwd(), folder)} exists already: what is sealed with its keys needs them.`);
mkdirSync(folder, { recursive: true, mode: 0o700 });

const issuers = ['router', 'automation', 'executor'];
const keys = issuers.map((issuer) => ({ issuer, jwk: makeSigningKey() }));
for (const { issuer, jwk } of keys) write(`${issuer}-assertion-key.json`, JSON.stringify(jwk));
write('trusted-assertion-keys.json', JSON.stringify(keys.map(({ issuer, jwk }) => ({ issuer, jwk: publicPart(jwk) }))));
write('vault-root-key', randomBytes(32).toString('base64'));
const password = randomBytes(24).toString('base64url');
write('postgres-password', password);
write('database-url', `postgresql://opsconductor:${password}@postgres:5432/opsconductor`);
console.log(`Written: ${relative(process.cwd(), folder)}. Keep a copy of vault-root-key in a safe place.`);

function write(name, content) {
  writeFileSync(join(folder, name), content, { mode: 0o444, flag: 'wx' });
}

/** A P-256 key for ES256 as private JWK. */
function makeSigningKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' };
}

function publicPart({ d: _private, ...rest }) {
  return rest;
}
