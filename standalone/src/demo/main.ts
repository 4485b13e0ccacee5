/** The demo: the platform on a data directory of its own, a few SSH hosts on this machine, and a first job on them. */
import { mkdirSync } from 'node:fs';
import { Releases, runProcess } from '@opsconductor/process';
import { createLog } from '@opsconductor/telemetry';
import { connectGraph } from '@opsconductor/testkit';
import { readStandaloneEnvironment } from '../env.ts';
import { logFile, startPlatform } from '../platform.ts';
import { printedProgress } from '../progress.ts';
import { signInToDemo } from './account.ts';
import { registerDemoHosts, startDemoHosts } from './hosts.ts';
import { federatedQuery, runDemoJob } from './job.ts';

const env = readStandaloneEnvironment({
  OPSCONDUCTOR_DATA_DIRECTORY: 'data-demo',
  EXECUTOR_ALLOWED_NETWORKS: '127.0.0.0/8',
  ...process.env,
});
mkdirSync(env.OPSCONDUCTOR_DATA_DIRECTORY, { recursive: true, mode: 0o711 });
const log = createLog('demo', { level: env.LOG_LEVEL, destination: logFile(env) });

await runProcess(log, async () => {
  const held = new Releases();
  const platform = held.add(await startPlatform(env, printedProgress, log), (it) => it.stop());
  const hosts = await printedProgress.step('Starting three SSH hosts on 127.0.0.1', startDemoHosts);
  for (const host of hosts) held.add(host, (it) => it.stop());
  const { account, accessToken } = await signInToDemo(
    platform.url,
    env.OPSCONDUCTOR_DATA_DIRECTORY,
    platform.setupSecret,
  );
  const graph = held.add(connectGraph(platform.url, accessToken), (it) => it.close());
  const targets = await printedProgress.step('Registering them as targets', () => registerDemoHosts(graph, hosts));
  console.log('\nA job on all of them, as the subscription executionEvents tells it:');
  const id = await runDemoJob(graph, targets);
  console.log(`\nOne query through all four subgraphs:\n\n${federatedQuery}\n`);
  console.log(JSON.stringify(await graph.query(federatedQuery, { id }), null, 2));
  console.log(`\nOpsConductor is ready: ${platform.url}/graphql`);
  console.log(`Sign in with the mutation signIn as ${account.email}, password ${account.password}`);
  console.log(`Log: ${logFile(env)}. Ctrl-C stops everything.`);
  return () => held.releaseAll();
});
