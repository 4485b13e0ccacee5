import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { givenHostKey, givenTarget, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Caller, World } from '../testing/world.ts';
import { matchesGlob, parseKnownHosts } from './knownHostsFile.ts';

let world: World;
let operator: Caller;
beforeAll(async () => {
  world = await createWorld();
  operator = world.as('target:read', 'target:write');
});
afterAll(() => world.close());

const importHosts = async (text: string, dryRun = false) => {
  const { data, errors } = await operator(
    `mutation ($input: ImportKnownHostsInput!) {
      importKnownHosts(input: $input) {
        __typename
        ... on KnownHostsImported { pinned revoked lines { line outcome targetCount } }
        ... on InvalidInput { field }
      }
    }`,
    { input: { text, dryRun } },
  );
  expect(errors).toBeUndefined();
  return data.importKnownHosts;
};
const stateOf = async (id: string) => {
  const { data } = await operator(
    'query ($id: ID!) { target(id: $id) { state { hostKey } hostKeys { state fingerprint } } }',
    { id },
  );
  return { state: data.target.state.hostKey, keys: data.target.hostKeys.map((key: { state: string }) => key.state) };
};

test('each form of line is read, done and reported, and a second import changes nothing', async () => {
  const name = unique('host');
  const [plain, port, wild, negated] = await Promise.all([
    givenTarget(world, { address: `${name}.example` }),
    givenTarget(world, { address: `${name}.example`, port: 2222 }),
    givenTarget(world, { address: `a.${name}.test` }),
    givenTarget(world, { address: `b.${name}.test` }),
  ]);
  const keys = Array.from({ length: 5 }, () => givenHostKey());
  const text = [
    '# a comment',
    '',
    `${name.toUpperCase()}.example,10.1.2.3 ${keys[0]!.line}`,
    `[${name}.example]:2222 ${keys[1]!.line}`,
    `*.${name}.test,!b.${name}.test ${keys[2]!.line} somebody@somewhere`,
    `@revoked ?.${name}.test ${keys[3]!.line}`,
    `@cert-authority *.example ${keys[4]!.line}`,
    `nobody.${name}.invalid ${keys[4]!.line}`,
    `${name}.example ssh-ed25519 AAAA`,
    'nonsense',
    '@unknown x ssh-ed25519 AAAA',
  ].join('\r\n');
  const planned = await importHosts(text, true);
  expect(await stateOf(plain)).toEqual({ state: 'UNVERIFIED', keys: [] });
  const done = await importHosts(text);
  expect(done).toEqual(planned);
  expect(done).toEqual({
    __typename: 'KnownHostsImported',
    pinned: 3,
    revoked: 2,
    lines: [
      { line: 3, outcome: 'PINNED', targetCount: 1 },
      { line: 4, outcome: 'PINNED', targetCount: 1 },
      { line: 5, outcome: 'PINNED', targetCount: 1 },
      { line: 6, outcome: 'REVOKED', targetCount: 2 },
      { line: 7, outcome: 'CERTIFICATE_AUTHORITY', targetCount: 0 },
      { line: 8, outcome: 'NO_TARGET', targetCount: 0 },
      { line: 9, outcome: 'UNREADABLE', targetCount: 0 },
      { line: 10, outcome: 'UNREADABLE', targetCount: 0 },
      { line: 11, outcome: 'UNREADABLE', targetCount: 0 },
    ],
  });
  expect(await stateOf(plain)).toEqual({ state: 'PINNED', keys: ['PINNED'] });
  expect(await stateOf(port)).toEqual({ state: 'PINNED', keys: ['PINNED'] });
  expect(await stateOf(wild)).toEqual({ state: 'PINNED', keys: ['PINNED', 'REVOKED'] });
  expect(await stateOf(negated)).toEqual({ state: 'REVOKED', keys: ['REVOKED'] });
  expect(await importHosts(text)).toMatchObject({ pinned: 0, revoked: 0 });
});

test('what ssh-keygen hashes is found, and what is exported ssh-keygen finds', async () => {
  const name = unique('hashed');
  const id = await givenTarget(world, { name, address: `${name}.example`, port: 2022 });
  const key = givenHostKey();
  const folder = await mkdtemp(join(tmpdir(), 'opsc-known-hosts-'));
  try {
    const path = join(folder, 'known_hosts');
    await writeFile(path, `[${name}.example]:2022 ${key.line}\n`);
    await promisify(execFile)('ssh-keygen', ['-H', '-f', path]);
    const hashed = await readFile(path, 'utf8');
    expect(hashed).toMatch(/^\|1\|/);
    expect(await importHosts(hashed)).toMatchObject({ pinned: 1 });
    expect(await stateOf(id)).toMatchObject({ state: 'PINNED' });
    const { data } = await operator('query ($filter: String) { knownHosts(filter: $filter) }', {
      filter: `name=${name}`,
    });
    await writeFile(path, data.knownHosts);
    const found = await promisify(execFile)('ssh-keygen', ['-F', `[${name}.example]:2022`, '-f', path]);
    expect(found.stdout).toContain(key.publicKey);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a file revokes what was pinned, and never trusts again what is revoked', async () => {
  const address = `${unique('again')}.example`;
  const id = await givenTarget(world, { address });
  const { line } = givenHostKey();
  await importHosts(`${address} ${line}`);
  await importHosts(`@revoked ${address} ${line}`);
  expect(await stateOf(id)).toEqual({ state: 'REVOKED', keys: ['REVOKED'] });
  expect(await importHosts(`${address} ${line}`)).toMatchObject({ pinned: 0, lines: [{ outcome: 'UNCHANGED' }] });
});

test('a file that is too large is refused, and a filter that is none is bad user input', async () => {
  expect(await importHosts('x'.repeat(1024 * 1024 + 1))).toEqual({ __typename: 'InvalidInput', field: 'text' });
  expect(await operator('{ knownHosts(filter: "env=") }')).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('patterns mean what they mean, whatever they are', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), fc.stringMatching(/^[ab]{0,8}$/), (pattern, text) => {
      const expected = new RegExp(`^${pattern.replace(/\*/g, '.*').replace(/\?/g, '.')}$`).test(text);
      expect(matchesGlob(pattern, text)).toBe(expected);
    }),
  );
  expect(matchesGlob(`${'*a'.repeat(500)}b`, 'a'.repeat(2_000))).toBe(false);
});

test('no text makes the reader fail', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseKnownHosts(text)));
});
