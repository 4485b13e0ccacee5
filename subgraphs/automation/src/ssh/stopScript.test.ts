import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stopScript } from './stopScript.ts';
import { isRunning } from './testHosts.ts';

/** Shells that may be a target's /bin/sh, as far as this machine has them. */
const shells = [['/bin/sh'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']].filter(([path = '']) =>
  existsSync(path),
);

/** A command as a server starts it: a session of its own, and a marker. It prints the ids of its processes. */
async function startCommand(marker: string, script: string, count: number): Promise<{ leader: number; ids: number[] }> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, OPSC_TASK: `${marker}:` },
  });
  let text = '';
  while (text.split('\n').length <= count) text += String((await once(child.stdout, 'data'))[0]);
  child.stdout.destroy();
  child.unref();
  return { leader: child.pid ?? 0, ids: text.trim().split('\n').map(Number) };
}

const family = `trap '' TERM; setsid sh -c 'echo $$; exec sleep 60' & sleep 60 & echo $!; echo $$; wait; wait`;

describe.each(shells)('run by %s', (...shell) => {
  const [path = '', ...options] = shell;
  const stop = (marker: string, leader: number | undefined, edit = (input: string) => input) => {
    const { input } = stopScript({ marker, leader, graceSeconds: 0.2 });
    return spawnSync(path, options, { input: edit(input), encoding: 'utf8' }).stdout;
  };

  test('the whole family of a command is gone', async () => {
    const { leader, ids } = await startCommand('family-1', family, 3);
    expect(stop('family-1', leader)).toBe('opsc:family-1:stop:gone\n');
    expect(ids.filter(isRunning)).toEqual([]);
  });

  test('without knowing the leader, the marker is enough', async () => {
    const { ids } = await startCommand('family-2', 'sleep 60 & echo $!; echo $$; wait', 2);
    expect(stop('family-2', undefined)).toBe('opsc:family-2:stop:gone\n');
    expect(ids.filter(isRunning)).toEqual([]);
  });

  test('without /proc, the group is gone', async () => {
    const { leader, ids } = await startCommand('family-3', 'sleep 60 & echo $!; echo $$; wait', 2);
    expect(stop('family-3', leader, (input) => input.replace('/proc/self/stat', '/nowhere'))).toContain('gone');
    expect(ids.filter(isRunning)).toEqual([]);
  });

  test('a command that has ended is gone, and nobody else is hurt', async () => {
    const { leader, ids } = await startCommand('other', 'echo $$; exec sleep 60', 1);
    expect(stop('ended', 2 ** 22 + 1)).toBe('opsc:ended:stop:gone\n');
    expect(ids.every(isRunning)).toBe(true);
    process.kill(leader, 'SIGKILL');
  });
});

// Only root can start a command that another user may not signal.
const testAsRoot = process.getuid?.() === 0 ? test : test.skip;

testAsRoot('a command that may not be signalled is alive', async () => {
  const { leader, ids } = await startCommand('root', 'echo $$; exec sleep 60', 1);
  const { input } = stopScript({ marker: 'root', leader, graceSeconds: 0 });
  const { stdout } = spawnSync('/bin/sh', { input, encoding: 'utf8', uid: 65_534, gid: 65_534, cwd: '/' });
  expect(stdout).toBe('opsc:root:stop:alive\n');
  expect(ids.every(isRunning)).toBe(true);
  process.kill(leader, 'SIGKILL');
});
