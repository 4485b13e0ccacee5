import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { emptyDatabase } from '../../test/emptyDatabase.ts';
import { query } from '../../test/sessions.ts';
import { connect } from './prismaClient.ts';
import type { PrismaClientClass } from './prismaClient.ts';

jest.setTimeout(60_000); // generating a client takes seconds on a busy machine

interface Note {
  readonly id: number;
  readonly text: string;
  readonly createdAt: Date;
}

/** What the tests use of the client that they generate. */
interface SampleClient {
  readonly note: {
    readonly create: (options: { data: Note }) => Promise<Note>;
    readonly findMany: () => Promise<Note[]>;
  };
  readonly $queryRawUnsafe: (sql: string) => Promise<unknown>;
  readonly $disconnect: () => Promise<void>;
}

const applicationName = 'prismaClient.test';
const createdAt = new Date('2025-06-01T00:30:00.123Z');
const DDL = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL, created_at TIMESTAMPTZ(3) NOT NULL)';

let PrismaClient: PrismaClientClass<SampleClient>;

beforeAll(async () => {
  const folder = join(import.meta.dirname, '../../test');
  const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
  // It needs no schema engine to generate, but looks whether the file is there.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  await promisify(execFile)(process.execPath, [prisma, 'generate', '--schema', join(folder, 'sample.prisma')], { env });
  const path = join(folder, 'generated/prisma/client.ts');
  ({ PrismaClient } = (await import(path)) as { PrismaClient: PrismaClientClass<SampleClient> });
});

async function onClient<T>(url: string, schema: string, work: (client: SampleClient) => Promise<T>): Promise<T> {
  const client = connect(PrismaClient, { url, schema, applicationName, poolSize: 2 });
  try {
    return await work(client);
  } finally {
    await client.$disconnect();
  }
}

describe('a Prisma client', () => {
  test('reads and writes its schema, in raw SQL too', async () => {
    await using database = await emptyDatabase();
    const { url } = database;
    for (const schema of ['identity', 'assets']) {
      await query(url, `CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${DDL}`);
    }
    await onClient(url, 'identity', async (client) => {
      await client.note.create({ data: { id: 1, text: 'mine', createdAt } });
      expect(await client.note.findMany()).toEqual([{ id: 1, text: 'mine', createdAt }]);
      expect(await client.$queryRawUnsafe('SELECT text FROM notes')).toEqual([{ text: 'mine' }]);
    });
    await onClient(url, 'assets', async (client) => {
      expect(await client.note.findMany()).toEqual([]);
      expect(await client.$queryRawUnsafe('SELECT text FROM notes')).toEqual([]);
    });
  });

  test('keeps the instant of a time on a database with a zone of its own', async () => {
    await using database = await emptyDatabase();
    const { url } = database;
    const name = new URL(url).pathname.slice(1);
    await query(
      url,
      `CREATE SCHEMA identity; SET search_path = identity; ${DDL}; ALTER DATABASE ${name} SET TimeZone = 'Asia/Tokyo'`,
    );
    await onClient(url, 'identity', async (client) => {
      await client.note.create({ data: { id: 1, text: 'now', createdAt } });
    });
    const [row] = await query<{ epoch: string }>(
      url,
      'SELECT extract(epoch FROM created_at)::text AS epoch FROM identity.notes',
    );
    expect(Number(row?.epoch) * 1000).toBe(createdAt.getTime());
  });

  test('goes on when the server has closed its connections', async () => {
    await using database = await emptyDatabase();
    const { url } = database;
    await query(url, `CREATE SCHEMA identity; SET search_path = identity; ${DDL}`);
    const { promise: broken, resolve: onError } = Promise.withResolvers<Error>();
    const client = connect(PrismaClient, { url, schema: 'identity', applicationName, poolSize: 1, onError });
    expect(await client.note.findMany()).toEqual([]);
    const terminate = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()';
    await query(url, `${terminate} AND application_name = $1`, [applicationName]);
    expect((await broken).message).toContain('terminating connection');
    expect(await client.note.findMany()).toEqual([]);
    await client.$disconnect();
  });
});
