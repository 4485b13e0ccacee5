import { startSshHost } from '@opsconductor/testkit';
import type { TestHost } from '@opsconductor/testkit';
import type { CommandOptions } from './command.ts';
import type { SshConnection } from './connection.ts';
import { collect, commandOptions, connectTo, hostKinds, isRunning, run } from './testHosts.ts';
import type { Collected } from './testHosts.ts';

interface Stopped extends Collected {
  /** The numbers that the command has printed: ids of its processes. */
  readonly processIds: readonly number[];
  /** From the wish to stop it to the result. */
  readonly milliseconds: number;
}

/** Runs a command that prints `count` process ids, and cancels it then. */
async function cancel(
  connection: SshConnection,
  command: string,
  count: number,
  options: Partial<CommandOptions> = {},
): Promise<Stopped> {
  const leaving = new AbortController();
  let since = 0;
  const running = connection.run(command, commandOptions({ signal: leaving.signal, ...options }));
  const collected = await collect(running, (stdout) => {
    if (leaving.signal.aborted || stdout.split('\n').length <= count) return;
    since = performance.now();
    leaving.abort();
  });
  const milliseconds = performance.now() - since;
  return { ...collected, processIds: collected.stdout.trim().split('\n').map(Number), milliseconds };
}

describe.each(hostKinds)('stopping a command on %s', (_kind, start) => {
  let host: TestHost;
  let connection: SshConnection;
  beforeAll(async () => {
    host = await start();
    connection = await connectTo(host);
  });
  afterAll(async () => {
    await connection.close();
    await host.stop();
  });

  test.each<[string, string, number]>([
    ['a plain command', 'echo $$; exec sleep 60', 1],
    ['a shell with a child', 'sleep 60 & echo $!; echo $$; wait', 2],
    ['a pipeline', 'echo $$; sleep 60 | sleep 60', 1],
    ['a background job with a group of its own', 'set -m; sleep 60 & echo $!; echo $$; wait', 2],
    ['a child in a session of its own', "setsid sh -c 'echo $$; exec sleep 60' & echo $$; wait", 2],
    [
      'a daemon that lets go of its output',
      "setsid sh -c 'exec sleep 60 >/dev/null 2>&1' & echo $!; echo $$; exec sleep 60",
      2,
    ],
    ['a command that writes without end', 'echo $$; exec yes', 1],
  ])('%s is gone within a second or two, surely', async (_what, command, count) => {
    const { result, processIds, milliseconds } = await cancel(connection, command, count);
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect(processIds.slice(0, count).filter(isRunning)).toEqual([]);
    expect(milliseconds).toBeLessThan(5_000);
  });

  test('a command that ignores TERM is killed after the grace time', async () => {
    const command = "trap '' TERM; echo $$; sleep 60; sleep 60";
    const { result, processIds, milliseconds } = await cancel(connection, command, 1, { graceSeconds: 0.5 });
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect(processIds.filter(isRunning)).toEqual([]);
    expect(milliseconds).toBeGreaterThanOrEqual(500);
  });

  test('a command may use its grace time, and its last words are heard', async () => {
    const command = "trap 'echo cleaning; exit 3' TERM; echo $$; while :; do sleep 0.05; done";
    const { result, stdout } = await cancel(connection, command, 1, { graceSeconds: 10 });
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect(stdout).toMatch(/^\d+\ncleaning\n$/);
  });

  test('the wall time stops it', async () => {
    const { stdout, result } = await run(connection, 'echo $$; exec sleep 60', { wallTimeSeconds: 0.5 });
    expect(result).toEqual({ kind: 'timedOut', stopped: true, truncated: false });
    expect(isRunning(Number(stdout))).toBe(false);
  });

  test('whoever leaves the loop stops it', async () => {
    const running = connection.run('echo $$; exec sleep 60', commandOptions());
    let processId = 0;
    for await (const { text } of running) {
      processId = Number(text);
      break;
    }
    expect(await running.result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect(isRunning(processId)).toBe(false);
  });

  test('a command that is cancelled before it is sent is never run', async () => {
    const { stdout, result } = await run(connection, 'echo ran', { signal: AbortSignal.abort() });
    expect([stdout, result]).toEqual(['', { kind: 'cancelled', stopped: true, truncated: false }]);
  });

  test('a command that nobody reads is stopped at its wall time, and has a result', async () => {
    const running = connection.run('exec sleep 60', commandOptions({ wallTimeSeconds: 0.1 }));
    expect(await running.result).toMatchObject({ kind: 'timedOut' });
  });

  test('a command that has ended is not cancelled any more', async () => {
    const leaving = new AbortController();
    const running = connection.run('echo done', commandOptions({ signal: leaving.signal }));
    expect((await collect(running)).result).toMatchObject({ kind: 'exited', exitCode: 0 });
    leaving.abort();
    expect(await running.result).toMatchObject({ kind: 'exited', exitCode: 0 });
  });

  test('one command is stopped, and its neighbour with a longer marker is not', async () => {
    const leaving = new AbortController();
    const { marker, ...options } = commandOptions({ signal: leaving.signal });
    const neighbour = connection.run('echo $$; exec sleep 60', { ...options, marker: `${marker}.0` });
    let stopping: Promise<{ stopped: Stopped; isNeighbourRunning: boolean }> | undefined;
    const { stdout } = await collect(neighbour, (processId) => {
      stopping ??= cancel(connection, 'echo $$; exec sleep 60', 1, { marker })
        .then((stopped) => ({ stopped, isNeighbourRunning: isRunning(Number(processId)) }))
        .finally(() => leaving.abort());
    });
    expect(await stopping).toMatchObject({
      stopped: { result: { kind: 'cancelled', stopped: true } },
      isNeighbourRunning: true,
    });
    expect(isRunning(Number(stdout))).toBe(false);
  });

  test('a connection that is lost leaves the stop unconfirmed', async () => {
    const own = await connectTo(host);
    const leaving = new AbortController();
    let processId = 0;
    const running = own.run("trap '' TERM; echo $$; sleep 60; sleep 60", commandOptions({ signal: leaving.signal }));
    const { result } = await collect(running, (stdout) => {
      processId = Number(stdout);
      host.dropConnections();
      leaving.abort();
    });
    process.kill(-processId, 'SIGKILL');
    expect(result).toMatchObject({ kind: 'cancelled', stopped: false });
  });
});

describe('without a second session', () => {
  let host: TestHost;
  let connection: SshConnection;
  beforeAll(async () => {
    host = await startSshHost({ maxSessions: 1 });
    connection = await connectTo(host);
  });
  afterAll(async () => {
    await connection.close();
    await host.stop();
  });

  test('the host is asked to signal the command, and its end confirms it', async () => {
    const { result, processIds } = await cancel(connection, 'sleep 60 & echo $!; echo $$; wait', 2);
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect(processIds.filter(isRunning)).toEqual([]);
  });

  test('KILL follows TERM', async () => {
    const { result, processIds } = await cancel(connection, "trap '' TERM; echo $$; sleep 60; sleep 60", 1);
    expect(result).toMatchObject({ kind: 'cancelled', stopped: true });
    expect(processIds.filter(isRunning)).toEqual([]);
  });

  test('a child in a session of its own leaves it unconfirmed', async () => {
    const command = "setsid sh -c 'echo $$; exec sleep 60' & echo $$; wait";
    const { result, processIds } = await cancel(connection, command, 2);
    expect(result).toMatchObject({ kind: 'cancelled', stopped: false });
    for (const processId of processIds.filter(isRunning)) process.kill(processId, 'SIGKILL');
  });
});
