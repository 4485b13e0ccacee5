import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory, SqlQuery } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { withDatabase } from '../connections/connectionUrl.ts';

/** OIDs of PostgreSQL's internal one-byte type `"char"` and of its array. */
const CHAR = 18;
const CHAR_ARRAY = 1002;

export interface EngineAdapterOptions {
  /** Of one connection, so that the caller can put everything the engine does into one transaction. The caller ends it. */
  readonly pool: pg.Pool;
  readonly schema: string;
  /** Told when a migration script failed: the engine itself keeps only an opaque number of the error. */
  readonly onScriptError: (error: unknown) => void;
}

/** `@prisma/adapter-pg` made fit for the schema engine, which it is not quite as it comes. */
export function createEngineAdapter(options: EngineAdapterOptions): SqlMigrationAwareDriverAdapterFactory {
  const { pool, schema, onScriptError } = options;
  const factory = new PrismaPg(pool, { schema });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => adapt(await factory.connect(), pool, onScriptError),
    connectToShadowDb: () => connectToShadow(pool, onScriptError),
  };
}

function adapt(adapter: SqlDriverAdapter, pool: pg.Pool, onScriptError: (error: unknown) => void): SqlDriverAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter);
  readInternalChars(pool);
  return Object.assign(adapter, {
    // The adapter refuses the type "char", in which PostgreSQL's catalogue says what kind a constraint is. The pool
    // presents it as the array type, which nothing in the catalogue has, and this turns it into what the engine expects.
    queryRaw: async (query: SqlQuery) => {
      const result = await queryRaw(query);
      const { Character, CharacterArray } = ColumnTypeEnum;
      return { ...result, columnTypes: result.columnTypes.map((type) => (type === CharacterArray ? Character : type)) };
    },
    // The adapter splits a script at every semicolon, those in functions and strings too. PostgreSQL takes it whole.
    executeScript: async (script: string) => {
      try {
        await pool.query(script);
      } catch (error) {
        onScriptError(error);
        throw error;
      }
    },
  });
}

function readInternalChars(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryResult>;
  const present = async (...args: unknown[]): Promise<pg.QueryResult> => {
    const result = await query(...args);
    for (const field of result.fields ?? []) if (field.dataTypeID === CHAR) field.dataTypeID = CHAR_ARRAY;
    return result;
  };
  Object.assign(pool, { query: present });
}

/** An empty database on the same server, dropped when the engine is done with it. */
async function connectToShadow(server: pg.Pool, onScriptError: (error: unknown) => void): Promise<SqlDriverAdapter> {
  const name = `shadow_${randomUUID().replaceAll('-', '')}`;
  await server.query(`CREATE DATABASE ${name}`);
  const pool = new pg.Pool({
    ...server.options,
    connectionString: withDatabase(server.options.connectionString as string, name),
  });
  const adapter = adapt(await new PrismaPg(pool).connect(), pool, onScriptError);
  return Object.assign(adapter, {
    dispose: async () => {
      await pool.end();
      await server.query(`DROP DATABASE ${name}`);
    },
  });
}
