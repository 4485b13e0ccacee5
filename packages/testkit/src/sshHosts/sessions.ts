import { connect } from 'node:net';
import type { Connection, ServerChannel, Session } from 'ssh2';

/** What runs the commands of a host. */
export interface Commands {
  /** @param session emits `signal` */
  run(command: string, channel: ServerChannel, session: Session): void;
  /** Ends all commands. */
  stop(): Promise<void>;
}

/** Lets a client run commands, at most `limit` at once, and go on to other hosts. No terminals, no subsystems. */
export function serveSessions(client: Connection, commands: Commands, limit: number): void {
  let open = 0;
  client.on('session', (accept, reject) => {
    if (open >= limit) return reject();
    open += 1;
    const session = accept();
    session.once('close', () => (open -= 1));
    session.on('exec', (acceptCommand, _reject, { command }) => commands.run(command, acceptCommand(), session));
  });
  client.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const socket = connect(destPort, destIP);
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject).on('error', () => {});
      const channel = accept();
      channel.on('error', () => {}).once('close', () => socket.destroy());
      channel.pipe(socket).pipe(channel);
    });
  });
}
