import { jest } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/directories.ts';
import { emptyDatabase } from '../../test/emptyDatabase.ts';
import { startEmbeddedPostgres } from '../embedded/embeddedPostgres.ts';
import { StartupFault } from '@opsconductor/process';
import { waitForDatabase } from './waitForDatabase.ts';

jest.setTimeout(60_000); // making a database takes seconds on a busy machine

/** What is wrong, as an operator reads it. Fails when it holds the password. */
async function complaint(url: string, timeoutSeconds = 0.2): Promise<string> {
  const error = await waitForDatabase(url, { timeoutSeconds, variable: 'ASSETS_DATABASE_URL' }).catch(
    (fault: unknown) => fault,
  );
  expect(error).toBeInstanceOf(StartupFault);
  expect((error as Error).message).not.toContain('s3cret');
  return (error as Error).message;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a DATABASE_URL', () => {
  test('that works is waited for no longer', async () => {
    await using database = await emptyDatabase();
    await waitForDatabase(database.url);
  });

  test('whose server starts meanwhile works then', async () => {
    await using parent = await temporaryDirectory();
    const port = await freePort();
    const first = await startEmbeddedPostgres({
      directory: join(parent.path, 'data'),
      settings: { fsync: 'off' },
      port,
    });
    await first.stop();
    const waiting = waitForDatabase(first.url, { timeoutSeconds: 60 });
    const second = await startEmbeddedPostgres({
      directory: join(parent.path, 'data'),
      settings: { fsync: 'off' },
      port,
    });
    await waiting;
    await second.stop();
  });

  test('where nothing listens', async () => {
    const port = await freePort();
    expect(await complaint(`postgresql://ops:s3cret@127.0.0.1:${port}/fleet`)).toBe(
      `ASSETS_DATABASE_URL leads to database "fleet" at 127.0.0.1:${port} as user "ops". It does not answer ` +
        '(ECONNREFUSED). Start that server, or correct ASSETS_DATABASE_URL.',
    );
  });

  test('where something listens that never answers', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    expect(await complaint(`postgresql://ops:s3cret@127.0.0.1:${port}/fleet`)).toContain('It does not answer');
    silent.close();
  });

  test.each([
    ['with a wrong password', (url: URL) => (url.password = 's3cret'), 'PostgreSQL refuses the password.'],
    ['without a password', (url: URL) => (url.password = ''), 'PostgreSQL refuses the password.'],
    ['of an unknown user', (url: URL) => (url.username = 'ghost'), 'PostgreSQL refuses the password.'],
    ['of a missing database', (url: URL) => (url.pathname = '/ghost'), 'There is no such database.'],
    [
      'that wants TLS from a server without',
      (url: URL) => (url.search = '?sslmode=verify-full'),
      'Its TLS does not fit',
    ],
  ])('%s is refused at once', async (_, spoil, sentence) => {
    await using database = await emptyDatabase();
    const url = new URL(database.url);
    spoil(url);
    expect(await complaint(url.href, 60)).toContain(sentence);
  });

  test.each([
    '',
    'fleet',
    'mysql://ops:s3cret@host/fleet',
    'postgresql://ops:s3cret@host',
    'postgresql://ops:s3cret@ho st/fleet',
    'postgresql://ops:s3cret%zz@host/fleet',
  ])('that is none: %p', async (url) => {
    expect(await complaint(url)).toMatch(/^ASSETS_DATABASE_URL is not a PostgreSQL URL\./);
  });
});
