import { once } from 'node:events';
import { withClient, withDatabase } from '@opsconductor/database';
import { startInFreeDirectory } from './testServer.ts';

/** `node packages/testkit/src/databases/inspect.ts`: the databases of failed tests, to connect to until Ctrl-C. */
const server = await startInFreeDirectory();
await withClient({ url: server.url, applicationName: 'opsconductor inspect' }, async (client) => {
  const query = "SELECT datname AS name FROM pg_database WHERE datname LIKE 'kept\\_%' ORDER BY oid";
  const { rows } = await client.query<{ name: string }>(query);
  for (const { name } of rows) console.log(withDatabase(server.url, name));
  if (rows.length === 0) console.log('No database of a failed test was kept.');
});
await once(process, 'SIGINT');
await server.stop();
