import { generateKeyPairSync } from 'node:crypto';
import { withClient } from '@opsconductor/database';
import { generateKeyPair } from '@opsconductor/testkit';
import ssh2 from 'ssh2';
import { openStoredVault } from '../vaultKeys/storedVault.ts';
import { openContent } from './sealedSecret.ts';
import { NOBODY, givenCredential, unique } from '../testing/given.ts';
import { createWorld } from '../testing/world.ts';
import type { Answer, Caller, World } from '../testing/world.ts';

let world: World;
let admin: Caller;
beforeAll(async () => {
  world = await createWorld();
  admin = world.as('credential:read', 'credential:write');
});
afterAll(() => world.close());

const createCredential = `mutation ($input: CreateCredentialInput!) {
  createCredential(input: $input) {
    __typename
    ... on CredentialCreated { credential { id name kind username createdAt } }
    ... on InvalidInput { field message }
    ... on CredentialNameTaken { message }
  }
}`;

const createWith = async (input: Record<string, unknown>) => {
  const answer = await admin(createCredential, { input: { name: unique('login'), username: 'ops', ...input } });
  expect(answer.errors).toBeUndefined();
  return { ...answer.data.createCredential, requestId: answer.requestId };
};

const open = async (id: string, version = 1) => {
  const vault = await openStoredVault(world.prisma, world.vault);
  const where = { credentialId_version: { credentialId: id, version } };
  return openContent(vault, await world.prisma.credentialVersion.findUniqueOrThrow({ where }));
};

test('a password is sealed, announced without it, and can be opened for its own row only', async () => {
  const [name, password] = [unique('login'), unique('pa55')];
  const { credential, requestId } = await createWith({ name, username: 'deploy', password });
  expect(credential).toEqual({
    id: expect.any(String),
    name,
    kind: 'PASSWORD',
    username: 'deploy',
    createdAt: expect.any(String),
  });
  expect(await open(credential.id)).toEqual({ kind: 'password', password });
  const other = await givenCredential(world);
  await world.prisma.$executeRaw`
    update credential_versions
    set sealed = (select sealed from credential_versions where credential_id = ${credential.id}::uuid)
    where credential_id = ${other}::uuid`;
  await expect(open(other)).rejects.toThrow(/is not what was sealed for it/);
  expect(await world.listEvents(requestId)).toEqual([
    expect.objectContaining({
      type: 'assets.credential.created',
      subject: { type: 'credential', id: credential.id },
      data: { name, username: 'deploy', kind: 'PASSWORD' },
    }),
  ]);
});

test('a private key is kept as it is; an encrypted one without its encryption', async () => {
  const plain = generateKeyPair();
  const passphrase = unique('phrase');
  const locked = generateKeyPair(passphrase);
  const one = await createWith({ privateKey: plain.privateKey });
  expect(one.credential.kind).toBe('SSH_KEY');
  expect(await open(one.credential.id)).toEqual({ kind: 'privateKey', privateKey: `${plain.privateKey.trim()}\n` });
  const other = await createWith({ privateKey: locked.privateKey, passphrase });
  const opened = await open(other.credential.id);
  const key = opened.kind === 'privateKey' ? ssh2.utils.parseKey(opened.privateKey) : undefined;
  expect(key && !(key instanceof Error) && key.getPublicSSH().toString('base64')).toBe(locked.publicLine.split(' ')[1]);
});

test('nothing that was given as a secret is in the database, in any form', async () => {
  const password = unique('needle-in-a-haystack');
  const passphrase = unique('another-needle');
  const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase })
    .toString();
  await createWith({ password });
  await createWith({ privateKey, passphrase });
  const dump = await dumpDatabase(world.databaseUrl);
  for (const secret of [password, passphrase, privateKey.split('\n')[3] ?? '', 'PRIVATE KEY']) {
    expect(dump.includes(secret)).toBe(false);
    expect(dump.includes(Buffer.from(secret).toString('hex'))).toBe(false);
  }
  expect(dump).toContain('assets.credential.created');
});

test.each<[what: string, field: string, input: Record<string, unknown>]>([
  ['an empty name', 'name', { name: '', password: 'long enough' }],
  ['an empty user name', 'username', { username: '', password: 'long enough' }],
  ['a user name of two lines', 'username', { username: 'ops\nroot', password: 'long enough' }],
  ['no secret', 'password', {}],
  ['two secrets', 'privateKey', { password: 'long enough', privateKey: 'x' }],
  ['a password that is too short to mask', 'password', { password: 'abc' }],
  ['a password that is too long', 'password', { password: 'x'.repeat(1_025) }],
  ['a password of two lines', 'password', { password: 'pasted with its line end\n' }],
  ['half a surrogate pair', 'password', { password: 'half \ud800 of it' }],
  ['a passphrase for a password', 'passphrase', { password: 'long enough', passphrase: 'x' }],
  ['a private key that is none', 'privateKey', { privateKey: 'none' }],
  ['a private key that is too long', 'privateKey', { privateKey: 'x'.repeat(40_000) }],
])('refuses %s, without repeating it', async (_what, field, input) => {
  const answer = await createWith(input);
  expect(answer).toMatchObject({ __typename: 'InvalidInput', field });
  for (const given of [input['password'], input['passphrase'], input['privateKey']])
    if (typeof given === 'string' && given.length > 4) expect(answer.message).not.toContain(given);
});

test('a name is taken once, however many ask at once', async () => {
  const name = unique('same');
  const answers = await Promise.all(Array.from({ length: 4 }, () => createWith({ name, password: unique('secret') })));
  const names = answers.map(({ __typename }) => __typename).sort();
  expect(names).toEqual(['CredentialCreated', 'CredentialNameTaken', 'CredentialNameTaken', 'CredentialNameTaken']);
});

test('credentials are listed by name, each once', async () => {
  const ids = await Promise.all(Array.from({ length: 5 }, () => givenCredential(world)));
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { data }: Answer = await admin(
      `query ($after: String) {
        credentials(first: 3, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } }
      }`,
      { after },
    );
    seen.push(...data.credentials.nodes.map(({ id }: { id: string }) => id));
    ({ endCursor: after, hasNextPage: more } = data.credentials.pageInfo);
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(ids));
});

test('an id that names nothing gives null', async () => {
  for (const id of ['', 'x', '\0', NOBODY])
    expect(await admin('query ($id: ID!) { credential(id: $id) { id } }', { id })).toMatchObject({
      data: { credential: null },
    });
});

/** Every row of every table of every schema, as text. */
async function dumpDatabase(url: string): Promise<string> {
  return withClient({ url, applicationName: 'dump' }, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} as t`);
      texts.push(...rows.map(({ row }) => row));
    }
    return texts.join('\n');
  });
}
