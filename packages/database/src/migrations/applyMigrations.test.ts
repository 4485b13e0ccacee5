import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/directories.ts';
import { emptyDatabase } from '../../test/emptyDatabase.ts';
import { query } from '../../test/sessions.ts';
import { StartupFault } from '@opsconductor/process';
import { applyMigrations } from './applyMigrations.ts';

const schema = 'identity';

const FIRST = `
CREATE TYPE "status" AS ENUM ('ACTIVE');
CREATE TABLE "users" ("id" INTEGER PRIMARY KEY, "status" "status" NOT NULL, "note" TEXT NOT NULL DEFAULT 'a;b');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no; never'; END $$;
CREATE TRIGGER refuse_delete BEFORE DELETE ON "users" EXECUTE FUNCTION refuse();
`;
const SECOND = `ALTER TYPE "status" ADD VALUE 'DISABLED';`;
const THIRD = `CREATE UNIQUE INDEX one_disabled ON "users" ("status") WHERE "status" = 'DISABLED';`;

async function writeMigration(folder: string, name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

async function writeMigrations(folder: string): Promise<void> {
  await writeMigration(folder, '20250101000000_first', FIRST);
  await writeMigration(folder, '20250102000000_second', SECOND);
  await writeMigration(folder, '20250103000000_third', THIRD);
}

const NAMES = ['20250101000000_first', '20250102000000_second', '20250103000000_third'];

describe('applying migrations', () => {
  test('brings a schema up to date in order, and records it as Prisma does', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    const { url } = database;
    expect(await applyMigrations({ url, schema, folder: folder.path })).toEqual(NAMES);
    const history = await query<{ name: string }>(
      url,
      `SELECT migration_name AS name, checksum, applied_steps_count AS steps, finished_at IS NOT NULL AS finished
         FROM identity._prisma_migrations ORDER BY migration_name`,
    );
    const checksum = (sql: string): string => createHash('sha256').update(sql).digest('hex');
    expect(history).toEqual([
      { name: NAMES[0], checksum: checksum(FIRST), steps: 1, finished: true },
      { name: NAMES[1], checksum: checksum(SECOND), steps: 1, finished: true },
      { name: NAMES[2], checksum: checksum(THIRD), steps: 1, finished: true },
    ]);
    await query(url, `INSERT INTO identity.users (id, status) VALUES (1, 'DISABLED')`);
    expect(await query(url, 'SELECT note FROM identity.users')).toEqual([{ note: 'a;b' }]);
    await expect(query(url, 'DELETE FROM identity.users')).rejects.toThrow('no; never');
  });

  test('does nothing the second time, with no right to change anything', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    await applyMigrations({ url: database.url, schema, folder: folder.path });
    const role = new URL(database.url).pathname.slice(1);
    await query(database.url, `CREATE ROLE ${role} LOGIN PASSWORD 'reader'`);
    await query(database.url, `GRANT USAGE ON SCHEMA identity TO ${role}`);
    await query(database.url, `GRANT SELECT ON identity._prisma_migrations TO ${role}`);
    const reader = new URL(database.url);
    reader.username = role;
    reader.password = 'reader';
    expect(await applyMigrations({ url: reader.href, schema, folder: folder.path })).toEqual([]);
    await query(database.url, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  test('keeps schemas of one database apart', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    const { url } = database;
    const both = ['identity', 'assets'].map((name) => applyMigrations({ url, schema: name, folder: folder.path }));
    expect(await Promise.all(both)).toEqual([NAMES, NAMES]);
    expect(await query(url, "SELECT schemaname FROM pg_tables WHERE tablename = 'users' ORDER BY 1")).toEqual([
      { schemaname: 'assets' },
      { schemaname: 'identity' },
    ]);
  });

  test('by many at once is done by one', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    const options = { url: database.url, schema, folder: folder.path };
    const results = await Promise.all(Array.from({ length: 6 }, () => applyMigrations(options)));
    expect(results.filter((names) => names.length > 0)).toEqual([NAMES]);
  });

  test('of an empty folder changes nothing', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    expect(await applyMigrations({ url: database.url, schema, folder: folder.path })).toEqual([]);
  });
});

describe('a migration that fails', () => {
  test('leaves nothing of itself, keeps those before it, and applies once mended', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    const { url } = database;
    await writeMigration(folder.path, NAMES[0] as string, FIRST);
    await writeMigration(folder.path, NAMES[1] as string, 'CREATE TABLE half ();\nCREATE TABLE half ();');
    const attempt = applyMigrations({ url, schema, folder: folder.path });
    await expect(attempt).rejects.toThrow(StartupFault);
    await expect(attempt).rejects.toThrow(
      'The migration identity/20250102000000_second failed: relation "half" already exists. Nothing of it was applied',
    );
    expect(await query(url, "SELECT to_regclass('identity.half') AS half")).toEqual([{ half: null }]);
    expect(await query(url, 'SELECT migration_name FROM identity._prisma_migrations')).toEqual([
      { migration_name: NAMES[0] },
    ]);

    await writeMigration(folder.path, NAMES[1] as string, 'CREATE TABLE half ();');
    expect(await applyMigrations({ url, schema, folder: folder.path })).toEqual([NAMES[1]]);
  });

  test('is named with its line', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigration(folder.path, NAMES[0] as string, 'SELECT 1;\n\nCREATE TABEL x ();');
    const attempt = applyMigrations({ url: database.url, schema, folder: folder.path });
    await expect(attempt).rejects.toThrow('failed in line 3: syntax error at or near "TABEL"');
  });
});

describe('a history that does not fit the folder', () => {
  test('because an applied migration was changed is refused, and names it', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    const options = { url: database.url, schema, folder: folder.path };
    await applyMigrations(options);
    await writeMigration(folder.path, NAMES[1] as string, `${SECOND} -- and more`);
    await expect(applyMigrations(options)).rejects.toThrow(
      'The migration identity/20250102000000_second was changed after it was applied to this database.',
    );
  });

  test('because another tool failed half-way is refused until that is settled', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    const options = { url: database.url, schema, folder: folder.path };
    await applyMigrations(options);
    await query(database.url, 'UPDATE identity._prisma_migrations SET finished_at = NULL WHERE migration_name = $1', [
      NAMES[2],
    ]);
    await expect(applyMigrations(options)).rejects.toThrow(
      'identity/20250103000000_third failed in an earlier attempt',
    );
    await query(database.url, 'DROP INDEX identity.one_disabled');
    await query(
      database.url,
      'UPDATE identity._prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1',
      [NAMES[2]],
    );
    expect(await applyMigrations(options)).toEqual([NAMES[2]]);
  });

  test('because the database is ahead is accepted: an update is rolling', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    const options = { url: database.url, schema, folder: folder.path };
    await applyMigrations(options);
    await rm(join(folder.path, NAMES[2] as string), { recursive: true });
    expect(await applyMigrations(options)).toEqual([]);
  });

  test('because its tables were made by hand is refused', async () => {
    await using database = await emptyDatabase();
    await using folder = await temporaryDirectory();
    await writeMigrations(folder.path);
    await query(database.url, 'CREATE SCHEMA identity; CREATE TABLE identity.users ()');
    const attempt = applyMigrations({ url: database.url, schema, folder: folder.path });
    await expect(attempt).rejects.toThrow(/The database schema is not empty/);
  });
});

test('a folder that is not there, or lacks a file, is said to be so', async () => {
  await using folder = await temporaryDirectory();
  const options = { url: 'postgresql://nobody@127.0.0.1:1/nothing', schema };
  const missing = join(folder.path, 'missing');
  await expect(applyMigrations({ ...options, folder: missing })).rejects.toThrow(
    `Cannot read the migrations in ${missing}`,
  );
  await mkdir(join(folder.path, NAMES[0] as string));
  await expect(applyMigrations({ ...options, folder: folder.path })).rejects.toThrow(
    `The migration ${NAMES[0]} has no file`,
  );
});
