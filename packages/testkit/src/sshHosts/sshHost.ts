import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { userInfo } from 'node:os';
import ssh2 from 'ssh2';
import type { Connection } from 'ssh2';
import { CannedCommands } from './cannedCommands.ts';
import type { CannedAnswer } from './cannedCommands.ts';
import type { TestHost } from './host.ts';
import { generateKeyPair, publicHostKeyOf } from './keys.ts';
import type { KeyPair } from './keys.ts';
import { createLogin } from './login.ts';
import { ShellCommands } from './shellCommands.ts';
import { serveSessions } from './sessions.ts';

export interface SshHostOptions {
  /** Default: the user of this process. */
  readonly username?: string;
  /** A password that is taken, too. */
  readonly password?: string;
  /** Asks for the password as a question (keyboard-interactive), as servers with PAM do, and takes no `password`. */
  readonly asksForPassword?: boolean;
  /** The one key that is accepted; default: a new one. Many hosts may share one. */
  readonly key?: KeyPair;
  /** Sessions at once on a connection. Default: 10, as OpenSSH. */
  readonly maxSessions?: number;
  /** Runs nothing and answers this to every command: hundreds of such hosts fit into a process. */
  readonly answer?: CannedAnswer;
  readonly faults?: SshHostFaults;
}

/** What goes wrong with a host. */
export interface SshHostFaults {
  /** Hangs up on so many connections before a word is said. */
  readonly dropsFirst?: number;
  /** Accepts connections and says nothing, ever. */
  readonly isMute?: boolean;
  /** Never decides whether a credential is good. */
  readonly isUndecided?: boolean;
  /** Takes a password only to ask for a new one. */
  readonly wantsNewPassword?: boolean;
  /** Ends sessions without saying how the command has ended. */
  readonly hidesExit?: boolean;
}

/**
 * A host in this process: needs no sshd, listens on 127.0.0.1 only, and runs commands by `/bin/sh -c` as the user of this
 * process, each in a session of its own, with a bare environment. Unlike OpenSSH's, their streams are sockets: `>/dev/stderr`
 * fails (`>&2` does not).
 */
export async function startSshHost(options: SshHostOptions = {}): Promise<TestHost> {
  const { username = userInfo().username, faults = {} } = options;
  const key = options.key ?? generateKeyPair();
  const commands = options.answer ? new CannedCommands(options.answer) : new ShellCommands(faults.hidesExit ?? false);
  const login = createLogin({ ...options, username, key, faults });
  const serve = (client: Connection) => {
    // A client that goes away in the middle of things.
    client.on('error', () => {});
    client.on('authentication', login.decide);
    serveSessions(client, commands, options.maxSessions ?? 10);
  };

  let hostKey = generateKeyPair();
  let server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, serve);
  const sockets = new Set<Socket>();
  let accepted = 0;
  const listener = createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => {});
    if (accepted <= (faults.dropsFirst ?? 0)) socket.destroy();
    else if (!faults.isMute) server.injectSocket(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: '127.0.0.1',
    port: (listener.address() as AddressInfo).port,
    username,
    privateKey: key.privateKey,
    get hostKey() {
      return publicHostKeyOf(hostKey);
    },
    authenticationAttempts: login.attempts,
    async replaceHostKey() {
      hostKey = generateKeyPair();
      server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, serve);
    },
    dropConnections,
    async stop() {
      const closed = once(listener, 'close');
      listener.close();
      dropConnections();
      await commands.stop();
      await closed;
    },
  };
}
