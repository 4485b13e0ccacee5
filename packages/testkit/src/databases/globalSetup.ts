import { SERVER_VARIABLE } from './testDatabase.ts';
import { startTestServer } from './testServer.ts';
import type { TestServer } from './testServer.ts';

/** Jest loads this file and the teardown separately, so what they share is global. */
declare global {
  var opsconductorTestServer: TestServer | undefined;
}

/** One PostgreSQL for the whole test run. Its workers inherit where it is. */
export default async function globalSetup(): Promise<void> {
  if (process.env[SERVER_VARIABLE]) return;
  const server = await startTestServer();
  globalThis.opsconductorTestServer = server;
  process.env[SERVER_VARIABLE] = server.url;
}
