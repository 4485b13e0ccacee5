import { randomUUID } from 'node:crypto';
import { withDatabase } from '../src/index.ts';
import { query } from './sessions.ts';

/** A new empty database on the PostgreSQL of the test run. It goes with the `await using` block. */
export async function emptyDatabase(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = process.env['OPSCONDUCTOR_TEST_DATABASE_URL'];
  if (!server)
    throw new Error('OPSCONDUCTOR_TEST_DATABASE_URL is not set: run the tests with the jest.config.mjs of the root');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const postgres = withDatabase(server, 'postgres');
  await query(postgres, `CREATE DATABASE ${name}`);
  const drop = async (): Promise<void> => void (await query(postgres, `DROP DATABASE ${name} WITH (FORCE)`));
  return { url: withDatabase(server, name), [Symbol.asyncDispose]: drop };
}
