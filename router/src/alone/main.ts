/** The router by itself, on any supergraph: arguments -> supergraph -> router -> listen -> drain. */
import { Releases, runProcess, StartupFault } from '@opsconductor/process';
import { createLog } from '@opsconductor/telemetry';
import { readArguments, usage } from './arguments.ts';
import type { RouterArguments } from './arguments.ts';
import { startAlone } from './startAlone.ts';

const log = createLog('router', { level: process.env['LOG_LEVEL'] ?? 'warn' });

await runProcess(log, async () => {
  const given = argumentsOf(process.argv.slice(2));
  const held = new Releases();
  const router = held.add(await startAlone(given, log), (it) => it.close());
  process.stdout.write(`Serving ${router.url}/graphql to everybody who can reach it.\n`);
  return () => held.releaseAll();
});

function argumentsOf(given: readonly string[]): RouterArguments {
  try {
    return readArguments(given);
  } catch (error) {
    throw new StartupFault(`${(error as Error).message}\n${usage}`);
  }
}
