import { mkdirSync } from 'node:fs';
import { StartupFault, runProcess } from '@opsconductor/process';
import { createLog } from '@opsconductor/telemetry';
import { readStandaloneEnvironment } from './env.ts';
import type { StandaloneEnvironment } from './env.ts';
import { logFile, startPlatform } from './platform.ts';
import { printedProgress } from './progress.ts';

const env = readEnvironmentOrExit();
const log = createLog('standalone', { level: env.LOG_LEVEL, destination: logFile(env) });

await runProcess(log, async () => {
  const platform = await startPlatform(env, printedProgress, log);
  console.log(`\nOpsConductor is ready: ${platform.url}/graphql`);
  console.log(`Log: ${logFile(env)}`);
  if (platform.setupSecret) {
    console.log('\nNobody can sign in yet. Create the first administrator with the mutation completeSetup and this');
    console.log(`one-time set-up secret: ${platform.setupSecret}`);
  }
  process.send?.({ url: platform.url, setupSecret: platform.setupSecret });
  return () => platform.stop();
});

function readEnvironmentOrExit(): StandaloneEnvironment {
  try {
    const read = readStandaloneEnvironment(process.env);
    createDataDirectory(read.OPSCONDUCTOR_DATA_DIRECTORY);
    return read;
  } catch (error) {
    if (!(error instanceof StartupFault)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

function createDataDirectory(directory: string): void {
  try {
    // Others may pass through but not look: as root, PostgreSQL runs as a user of its own inside.
    mkdirSync(directory, { recursive: true, mode: 0o711 });
  } catch (error) {
    throw new StartupFault(
      `The data directory ${directory} cannot be created: ${(error as Error).message}. Set OPSCONDUCTOR_DATA_DIRECTORY to one that this user may write.`,
      { cause: error },
    );
  }
}
