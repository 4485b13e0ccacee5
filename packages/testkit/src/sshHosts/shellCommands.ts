import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel, Session } from 'ssh2';
import type { Commands } from './sessions.ts';

/** Runs commands by `/bin/sh -c`, each in a session and process group of its own, as OpenSSH does. */
export class ShellCommands implements Commands {
  readonly #hidesExit: boolean;
  readonly #running = new Set<ChildProcessWithoutNullStreams>();

  constructor(hidesExit: boolean) {
    this.#hidesExit = hidesExit;
  }

  run(command: string, channel: ServerChannel, session: Session): void {
    const child = spawn('/bin/sh', ['-c', command], { detached: true, cwd: '/', env: bareEnvironment() });
    this.#running.add(child);
    session.on('signal', (_accept, _reject, { name }) => signalGroup(child, `SIG${name}` as NodeJS.Signals));
    // A command may end without reading its input, and a client may go away with its window shut.
    channel.on('error', () => {});
    child.stdin.on('error', () => {});
    channel.pipe(child.stdin);
    channel.once('close', () => {
      child.stdout.destroy();
      child.stderr.destroy();
    });
    child.once('exit', (code, signal) => {
      this.#running.delete(child);
      if (this.#hidesExit) return;
      if (code === null) channel.exit(String(signal).replace(/^SIG/, ''));
      else channel.exit(code);
    });
    const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
    const forward = createForwarder(channel);
    void Promise.allSettled([forward(child.stdout, channel), forward(child.stderr, channel.stderr), ended]).then(() =>
      channel.end(),
    );
  }

  async stop(): Promise<void> {
    const ends = [...this.#running].map((child) => once(child, 'exit'));
    for (const child of this.#running) signalGroup(child, 'SIGKILL');
    await Promise.all(ends);
  }
}

/** Nothing of this process's own environment, which may hold secrets. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { username, homedir } = userInfo();
  return { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', HOME: homedir, USER: username, LOGNAME: username };
}

function signalGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // The group has ended meanwhile.
  }
}

/** Copies streams into a channel as fast as the client takes them, one piece of either stream at a time. */
function createForwarder(channel: ServerChannel): (from: Readable, to: Writable) => Promise<void> {
  let turn = Promise.resolve();
  const closed = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  const write = async (to: Writable, data: Buffer): Promise<void> => {
    await Promise.race([new Promise<void>((resolve) => to.write(data, () => resolve())), closed]);
    // ssh2 1.17 does not forget a piece that had to wait for the window, and sends it again when the other stream waits.
    Object.assign(channel, { _chunk: undefined, _chunkcb: undefined, _chunkErr: undefined, _chunkcbErr: undefined });
  };
  return async (from, to) => {
    for await (const data of from) await (turn = turn.then(() => write(to, data as Buffer)));
  };
}
