/*
 * Last accepted figures: 2026-11-23, Node 24.21.0, 2 shared cores of an AMD EPYC. A second run gave 11.5 ms
 * together and 116 targets/s.
 *
 * CPU ms/target   router and subgraphs   executors   PostgreSQL   together   targets/s
 * platform                2.80              5.70        2.30         10.8        123
 */
import { startChild } from '../childProcess.ts';
import { measureInRounds } from '../rounds.ts';
import type { Contender, Result } from '../rounds.ts';
import type { Fleet, FleetOptions } from '../sshFanOut/hosts.ts';
import { printTable } from '../table.ts';
import { registerTargets, runExecution, startPlatform } from './platform.ts';
import type { Platform } from './platform.ts';
import { cpuOfTree } from './processTree.ts';

const TARGETS = 100;

/** What a command on many hosts costs the whole platform: recorded, queued, leased, run, followed live. */
export async function benchExecution(): Promise<void> {
  if (process.platform !== 'linux')
    return console.log('\nLeft out: CPU time of the parts is read from /proc of Linux.');
  console.log(explanation);
  await using children = new AsyncDisposableStack();
  const hosts = startChild(import.meta.resolve('../sshFanOut/hosts.ts'));
  children.defer(() => hosts.stop());
  const fleet = await hosts.call<Fleet>('start', { count: TARGETS, answer: 'up' } satisfies FleetOptions);
  await using platform = await startPlatform();
  const targetIds = await registerTargets(platform.graph, fleet);
  // Not counted: code is compiled by it, and host keys are pinned.
  await runExecution(platform.graph, targetIds);
  print(await measureInRounds([contenderOf(platform, targetIds)], { rounds: 7, budgetSeconds: 60 }));
}

const explanation = `
One command on ${TARGETS} targets, started by a GraphQL mutation and followed by a GraphQL subscription to its end, on
the platform as \`npm start\` runs it: PostgreSQL of its own, one executor for each core but one. The hosts are those of
sshFanOut, and what they cost is not in the figures. Each task is recorded, leased and fenced; each credential
is released and audited; each host key is verified.`;

const parts = ['router and subgraphs', 'executors', 'PostgreSQL'] as const;
type Figure = (typeof parts)[number] | 'perSecond';

function partOf(commandLine: string): (typeof parts)[number] | '' {
  if (/standalone\/src\/main\.ts/.test(commandLine)) return 'router and subgraphs';
  if (/executorMain\.ts/.test(commandLine)) return 'executors';
  return /^postgres:|\/postgres /.test(commandLine) ? 'PostgreSQL' : '';
}

function contenderOf({ processId, graph }: Platform, targetIds: readonly string[]): Contender<Figure> {
  return {
    name: 'platform',
    async measure() {
      const before = cpuOfTree(processId, partOf);
      const seconds = await runExecution(graph, targetIds);
      const after = cpuOfTree(processId, partOf);
      const cpuMs = (part: Figure) => ((after.get(part) ?? 0) - (before.get(part) ?? 0)) / TARGETS;
      const [main, executors, postgres] = parts;
      return {
        [main]: cpuMs(main),
        [executors]: cpuMs(executors),
        [postgres]: cpuMs(postgres),
        perSecond: TARGETS / seconds,
      };
    },
  };
}

function print(results: readonly Result<Figure>[]): void {
  for (const { figures, rounds } of results) {
    console.log(`\nmedians of ${rounds} rounds`);
    const sum = parts.reduce((total, part) => total + figures[part], 0);
    printTable(
      ['CPU ms/target', ...parts, 'together', 'targets/s'],
      [['platform', ...parts.map((part) => figures[part]), sum, figures.perSecond]],
    );
  }
}
