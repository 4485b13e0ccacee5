import { SERVER_VARIABLE } from './testDatabase.ts';
import './globalSetup.ts'; // declares what they share

/** Stops what the setup started, if it did. */
export default async function globalTeardown(): Promise<void> {
  const server = globalThis.opsconductorTestServer;
  if (!server) return;
  globalThis.opsconductorTestServer = undefined;
  delete process.env[SERVER_VARIABLE];
  await server.stop();
}
