import type { WebSocket } from 'ws';
import type { ConnectionSettings } from '../settings.ts';

/** The writing side of a WebSocket: one message at a time, each until the operating system has taken it. */
export interface Peer {
  /** Resolves when the message has left, or when there is nobody to send it to any more. Never rejects. */
  send(message: string): Promise<void>;
}

/** @param giveUp called once when the client does not read: too much waits for it, or one message for too long */
export function createPeer(
  socket: WebSocket,
  { maxPendingBytes, slowConsumerSeconds }: ConnectionSettings,
  giveUp: () => void,
): Peer {
  let pendingBytes = 0;
  let last: Promise<void> = Promise.resolve();

  async function write(message: string): Promise<void> {
    if (socket.readyState !== socket.OPEN) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(giveUp, slowConsumerSeconds * 1000);
    // An error means that the socket closes, which its own event tells.
    socket.send(message, () => resolve());
    await promise;
    clearTimeout(timer);
  }

  return {
    async send(message) {
      const bytes = Buffer.byteLength(message);
      if (pendingBytes + bytes > maxPendingBytes && pendingBytes > 0) return giveUp();
      pendingBytes += bytes;
      last = last.then(() => write(message));
      await last;
      pendingBytes -= bytes;
    },
  };
}
