import type { Client, ClientChannel } from 'ssh2';

/** The target gives no session: it has none left (MaxSessions), its account may have none, or the connection is over. */
export class SessionRefused extends Error {}

/**
 * Starts a shell. Its standard input stays open: closing it would end the channel's writable side, and ssh2 sends no
 * signals after that.
 *
 * @param onOpen called before anything can come from the channel; unless it returns true, the channel is closed
 * @throws SessionRefused
 */
export async function startShell(
  client: Client,
  line: string,
  onOpen: (channel: ClientChannel) => boolean,
): Promise<void> {
  await openChannel(client, line, (channel) => {
    // A write into a channel that the server closes meanwhile; its end is seen by reading.
    channel.on('error', () => {});
    channel.stderr.on('error', () => {});
    if (!onOpen(channel)) channel.close();
  });
}

const SESSION_MS = 10_000;

function openChannel(client: Client, line: string, onOpen: (channel: ClientChannel) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const refuse = (error: unknown) => {
      clearTimeout(timer);
      isLate = true;
      reject(new SessionRefused(error instanceof Error ? error.message : 'no answer', { cause: error }));
    };
    const timer = setTimeout(refuse, SESSION_MS);
    try {
      client.exec(line, (error, channel) => {
        if (error) return refuse(error);
        clearTimeout(timer);
        if (isLate) return channel.close();
        onOpen(channel);
        resolve();
      });
    } catch (error) {
      // The connection is over already.
      refuse(error);
    }
  });
}
