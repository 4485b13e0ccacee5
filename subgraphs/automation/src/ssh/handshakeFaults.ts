import { SshFault } from './fault.ts';

/** The server hung up before it had proven which host it is. One that limits new connections does (MaxStartups). */
export class DroppedEarly extends SshFault {}

/** @param isExchanged whether the keys were exchanged by then */
export function closedFault(isExchanged: boolean, name: string): SshFault {
  return isExchanged
    ? new SshFault('CONNECTION_LOST', `${name} closed the connection during authentication.`)
    : new DroppedEarly('HANDSHAKE_FAILED', `${name} closed the connection during the handshake.`);
}

/** What an error of the ssh2 client means before it is ready. */
export function faultOfClient(
  error: Ssh2Error,
  isExchanged: boolean,
  { name, username }: { name: string; username: string },
): SshFault {
  const detail = printable(error.message);
  const isDisconnect = typeof error.code === 'number';
  if (error.level === 'client-authentication' || (isExchanged && isDisconnect)) {
    const message = `${name} does not accept the credential of ${username}: ${detail}.`;
    return new SshFault('AUTHENTICATION_FAILED', message, { cause: error });
  }
  if (error.level === 'client-socket' || error.message === 'Connection lost before handshake')
    return closedFault(isExchanged, name);
  return new SshFault('HANDSHAKE_FAILED', `The SSH handshake with ${name} failed: ${detail}.`, { cause: error });
}

type Ssh2Error = Error & {
  /** Part of ssh2 that raised it. */
  level?: string;
  /** A number when the server took leave (RFC 4253, 11.1). */
  code?: string | number;
};

/** A server may put anything into the message with which it takes leave. */
function printable(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/\.$/, '')
    .slice(0, 200);
}
