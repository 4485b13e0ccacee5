import type { Connection, ServerChannel, Session } from 'ssh2';

/** What runs the commands of a host. */
export interface Commands {
  /** @param session emits `signal` */
  run(command: string, channel: ServerChannel, session: Session): void;
  /** Ends all commands. */
  stop(): Promise<void>;
}

/** Lets a client run commands, at most `limit` at once. No terminals, no forwarding, no subsystems. */
export function serveSessions(client: Connection, commands: Commands, limit: number): void {
  let open = 0;
  client.on('session', (accept, reject) => {
    if (open >= limit) return reject();
    open += 1;
    const session = accept();
    session.once('close', () => (open -= 1));
    session.on('exec', (acceptCommand, _reject, { command }) => commands.run(command, acceptCommand(), session));
  });
}
