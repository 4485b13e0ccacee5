import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { SshFault } from './fault.ts';

/**
 * Opens a TCP connection to the first address that answers.
 *
 * @param name what the target is called, for messages
 * @throws SshFault CONNECTION_REFUSED when none answers; the reason of the signal when it fires
 */
export async function openSocket(
  name: string,
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  let cause: unknown;
  for (const address of addresses) {
    signal.throwIfAborted();
    try {
      return await openOne(address, port, signal);
    } catch (error) {
      signal.throwIfAborted();
      cause = error;
    }
  }
  const detail = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  throw new SshFault('CONNECTION_REFUSED', `${name} does not accept connections on port ${port}${detail}.`, { cause });
}

async function openOne(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  const socket = connect({ host, port, noDelay: true });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const abort = () => socket.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  socket.once('connect', () => resolve(socket)).once('error', reject);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
    socket.off('error', reject);
  }
}
