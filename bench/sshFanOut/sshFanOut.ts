/*
 * Last accepted figures: 2026-11-25, Node 24.21.0, OpenSSH 9.2, pssh 2.3.4, 2 quiet cores of an Intel Xeon:
 * rates halve when they are busy, CPU times and ratios hold.
 *
 *                 client CPU ms/target   this/ours   targets/s   ours/this   hosts' CPU ms/target
 * ours                    1.45                          697                          1.05
 * ours, warm              0.504          0.35x         1956         0.36x            0.337
 * xargs -P ssh            7.80            5.4x          176         4.0x             2.30
 * pssh                    9.35            6.5x          155         4.5x             2.53
 */
import { startChild } from '../childProcess.ts';
import type { Child } from '../childProcess.ts';
import { measureInRounds } from '../rounds.ts';
import type { Contender, Result } from '../rounds.ts';
import { printTable, ratio } from '../table.ts';
import type { Fleet, FleetOptions } from './hosts.ts';
import { prepareOpenSshClients } from './openSshClients.ts';
import { runInShell } from './processTimes.ts';
import type { FanOut } from './product.ts';

const TARGETS = 200;
const CONCURRENCY = 32;
const ANSWER = 'this host answers';

/** What a command on many hosts costs at the client, ours against the usual ways around OpenSSH's client. */
export async function benchSshFanOut(): Promise<void> {
  console.log(explanation);
  await using children = new AsyncDisposableStack();
  const start = (module: string): Child => {
    const child = startChild(import.meta.resolve(module));
    children.defer(() => child.stop());
    return child;
  };
  const hosts = start('./hosts.ts');
  const fleet = await hosts.call<Fleet>('start', { count: TARGETS, answer: ANSWER } satisfies FleetOptions);
  const fanOut: FanOut = { ...fleet, command: 'uptime', concurrency: CONCURRENCY };
  await using clients = await prepareOpenSshClients(fanOut);

  const product = start('./product.ts');
  const contenders = [
    contenderOf('ours', hosts, oursOf(product, fanOut)),
    contenderOf('ours, warm', hosts, oursOf(product, { ...fanOut, keepsConnections: true })),
  ];
  for (const [name, line] of [
    ['xargs -P ssh', clients.xargs],
    ['pssh', clients.pssh],
  ] as const)
    if (line) contenders.push(contenderOf(name, hosts, () => runInShell(line)));
    else console.log(`\n${name} is left out: it is not installed.`);
  // Not counted: code is compiled and files are cached by it.
  for (const contender of contenders) await contender.measure();
  print(await measureInRounds(contenders, { rounds: 7, budgetSeconds: 75 }));
}

const explanation = `
One command on ${TARGETS} hosts, ${CONCURRENCY} at once, each reached by a new connection. The hosts are SSH servers in
one other process that answer without running anything, on loopback: their CPU time is counted apart, and they share the
cores.
All clients log in with the same Ed25519 key, verify a pinned host key and exchange keys by curve25519. Ours runs in a
process that has started before, as an executor has; ssh is a new process for each host. Ours also marks each command so
that it can be stopped, and checks the address by policy. Warm: by connections that the pool has kept since the run
before, each host key judged again.`;

type Figure = 'cpuMs' | 'hostsCpuMs' | 'perSecond';

interface Run {
  readonly output: string;
  readonly cpuMs: number;
}

function oursOf(child: Child, fanOut: FanOut): () => Promise<Run> {
  return async () => {
    const before = await child.usage();
    const outputs = await child.call<string[]>('run', fanOut);
    const after = await child.usage();
    return { output: outputs.join(''), cpuMs: after.cpuMs - before.cpuMs };
  };
}

/** @throws Error unless every target has answered */
function contenderOf(name: string, hosts: Child, run: () => Promise<Run>): Contender<Figure> {
  return {
    name,
    async measure() {
      const hostsBefore = await hosts.usage();
      const begunAt = performance.now();
      const { output, cpuMs } = await run();
      const seconds = (performance.now() - begunAt) / 1_000;
      const hostsAfter = await hosts.usage();
      const answers = output.split(ANSWER).length - 1;
      if (answers !== TARGETS) throw new Error(`${name}: ${answers} of ${TARGETS} targets have answered`);
      return {
        cpuMs: cpuMs / TARGETS,
        hostsCpuMs: (hostsAfter.cpuMs - hostsBefore.cpuMs) / TARGETS,
        perSecond: TARGETS / seconds,
      };
    },
  };
}

function print(results: readonly Result<Figure>[]): void {
  const ours = results[0]?.figures;
  console.log(`\nmedians of ${results[0]?.rounds} rounds`);
  printTable(
    ['', 'client CPU ms/target', 'this/ours', 'targets/s', 'ours/this', "hosts' CPU ms/target"],
    results.map(({ name, figures: { cpuMs, perSecond, hostsCpuMs } }) => [
      name,
      cpuMs,
      ratio(cpuMs, ours?.cpuMs ?? NaN),
      perSecond,
      ratio(ours?.perSecond ?? NaN, perSecond),
      hostsCpuMs,
    ]),
  );
}
