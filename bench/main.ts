/** `npm run bench`: all benches, one after the other. `npm run bench -- federatedQuery`: those that are named. */
import { cpus, release, type } from 'node:os';
import { benchAssets } from './assets/assets.ts';
import { benchExecution } from './execution/execution.ts';
import { benchFederatedQuery } from './federatedQuery/federatedQuery.ts';
import { interruption } from './interruption.ts';
import { benchLive } from './live/live.ts';
import { benchSshFanOut } from './sshFanOut/sshFanOut.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  federatedQuery: benchFederatedQuery,
  live: benchLive,
  sshFanOut: benchSshFanOut,
  execution: benchExecution,
  assets: benchAssets,
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}: there are ${Object.keys(benches).join(', ')}.`);
  process.exit(1);
}
const processors = cpus();
console.log(`${new Date().toISOString().slice(0, 16)}Z, Node ${process.versions.node}, ${type()} ${release()}`);
console.log(`${processors.length} cores, ${processors[0]?.model ?? 'of an unknown kind'}`);
for (const [name, bench] of Object.entries(benches)) {
  if (named.length > 0 && !named.includes(name)) continue;
  console.log(`\n== ${name} ==`);
  try {
    await bench();
  } catch (error) {
    if (!interruption.aborted) throw error;
    process.exit(130);
  }
}
