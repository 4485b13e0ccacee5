import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { refuseForwarding } from './address.ts';
import type { AddressPolicy } from './address.ts';
import type { SshEndpoint } from './connection.ts';
import { untilAborted } from './deadline.ts';
import { SshFault } from './fault.ts';
import type { VerifyHostKey } from './hostKeys.ts';

/** A host on the way to another one, verified as every host is. Its own endpoint may lie behind a further one. */
export interface JumpHost {
  readonly endpoint: SshEndpoint;
  readonly verifyHostKey: VerifyHostKey;
  readonly pinnedAlgorithms?: readonly string[];
}

/**
 * A connection to a target from a jump host, which resolves the name. Host key and credentials of the target pass through
 * it encrypted: a jump host that lies can refuse, and nothing more.
 *
 * @throws SshFault ADDRESS_REFUSED, or CONNECTION_REFUSED when the jump host does not reach the target
 */
export async function forward(
  jump: Client,
  { address, port }: SshEndpoint,
  policy: AddressPolicy,
  signal: AbortSignal,
): Promise<Duplex> {
  refuseForwarding(address, policy);
  const opening = openForward(jump, address, port);
  try {
    return await untilAborted(opening, signal);
  } catch (error) {
    opening.then((late) => late.destroy()).catch(() => {});
    throw error;
  }
}

function openForward(jump: Client, address: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown) =>
      reject(new SshFault('CONNECTION_REFUSED', `The jump host does not reach ${address} on port ${port}.`, { cause }));
    try {
      jump.forwardOut('127.0.0.1', 0, address, port, (error, stream) => (error ? refuse(error) : resolve(stream)));
    } catch (error) {
      refuse(error);
    }
  });
}

/** Says on which host of the way it went wrong. */
export function faultOfJump(error: unknown, { endpoint }: JumpHost): unknown {
  if (!(error instanceof SshFault)) return error;
  const { reason, message, hostKey, cause } = error;
  const text = `Jump host ${endpoint.address}: ${message}`;
  return new SshFault(reason, text, { cause, ...(hostKey && { hostKey }) });
}
