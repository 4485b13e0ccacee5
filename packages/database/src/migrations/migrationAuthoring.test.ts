import { jest } from '@jest/globals';
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/directories.ts';
import { emptyDatabase } from '../../test/emptyDatabase.ts';
import { query } from '../../test/sessions.ts';
import { applyMigrations } from './applyMigrations.ts';
import { createMigration, findDrift } from './migrationAuthoring.ts';

jest.setTimeout(60_000); // making a database takes seconds on a busy machine

const SCHEMA = `
datasource db {
  provider = "postgresql"
}
model User {
  id    String @id @default(uuid(7)) @db.Uuid
  email String @unique
  @@map("users")
}
`;
const server = process.env['OPSCONDUCTOR_TEST_DATABASE_URL'];
const now = new Date('2025-06-01T12:30:45.678Z');

test('migrations are written from what the schema has and they lack', async () => {
  await using root = await temporaryDirectory();
  const domain = 'identity';
  const schemaFile = join(root.path, domain, 'schema.prisma');
  await mkdir(join(root.path, domain));
  await writeFile(schemaFile, SCHEMA);
  const folder = join(root.path, domain, 'migrations');

  await mkdir(folder);
  expect((await findDrift({ root: root.path, server })).map((drift) => drift.domain)).toEqual([domain]);
  const path = await createMigration({ root: root.path, domain, name: 'initial', now, server });
  expect(path).toBe(join(folder, '20250601123045_initial', 'migration.sql'));
  expect((await readdir(folder)).sort()).toEqual(['20250601123045_initial', 'migration_lock.toml']);
  expect(await readFile(path as string, 'utf8')).toContain('CREATE TABLE "users"');

  // What a Prisma schema cannot say is no drift.
  await appendFile(
    path as string,
    `
CREATE UNIQUE INDEX only_boss ON "users" ("email") WHERE "email" LIKE 'boss@%';
CREATE INDEX lower_email ON "users" (lower("email"));
ALTER TABLE "users" ADD CONSTRAINT has_at CHECK ("email" LIKE '%@%');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no; never'; END $$;
`,
  );
  expect(await findDrift({ root: root.path, server })).toEqual([]);
  expect(await createMigration({ root: root.path, domain, name: 'nothing', now, server })).toBeUndefined();

  await writeFile(schemaFile, SCHEMA.replace('@unique', '@unique\n  name String?'));
  expect(await findDrift({ root: root.path, server })).toEqual([
    { domain, script: expect.stringContaining('ADD COLUMN     "name" TEXT') },
  ]);
  await createMigration({ root: root.path, domain, name: 'user_name', now: new Date(now.getTime() + 1000), server });
  expect(await findDrift({ root: root.path, server })).toEqual([]);

  await using database = await emptyDatabase();
  const applied = await applyMigrations({ url: database.url, schema: domain, folder });
  expect(applied).toEqual(['20250601123045_initial', '20250601123046_user_name']);
  expect(await query(database.url, 'SELECT name, email FROM identity.users')).toEqual([]);
});

test('without a server one is started for it', async () => {
  await using root = await temporaryDirectory();
  expect(await findDrift({ root: root.path })).toEqual([]);
});

describe('a migration cannot be written', () => {
  test.each(['Add users', '../evil', '', 'x__y'])('with the name %p', async (name) => {
    await using root = await temporaryDirectory();
    await expect(createMigration({ root: root.path, domain: 'identity', name, now, server })).rejects.toThrow(
      'cannot name a migration',
    );
  });

  test('for a domain that does not exist', async () => {
    await using root = await temporaryDirectory();
    await mkdir(join(root.path, 'identity'));
    await writeFile(join(root.path, 'identity', 'schema.prisma'), SCHEMA);
    const attempt = createMigration({ root: root.path, domain: 'identiy', name: 'x', now, server });
    await expect(attempt).rejects.toThrow(/There is no domain "identiy" in .*\. Choose one of identity\./);
  });
});
