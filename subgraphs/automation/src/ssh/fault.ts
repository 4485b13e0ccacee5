import type { HostKey } from './hostKeys.ts';

/** Why there is no connection. None of these has run anything on the target. */
export type SshFaultReason =
  | 'ADDRESS_NOT_RESOLVED'
  /** The name means an address that policy forbids to connect to. */
  | 'ADDRESS_REFUSED'
  | 'CONNECTION_REFUSED'
  | 'CONNECT_TIMEOUT'
  | 'HANDSHAKE_FAILED'
  /** The verifier did not accept the host key; no credential was sent. */
  | 'HOST_KEY_MISMATCH'
  /** The private key cannot be read, or its passphrase is wrong; nothing was sent at all. */
  | 'CREDENTIAL_UNREADABLE'
  | 'AUTHENTICATION_FAILED'
  | 'AUTHENTICATION_TIMEOUT'
  | 'CONNECTION_LOST';

/** No connection to a target. The message is one sentence for its owner and holds no secret. */
export class SshFault extends Error {
  readonly reason: SshFaultReason;
  /** The key that the server presented, where it came so far. */
  readonly hostKey: HostKey | undefined;

  constructor(
    reason: SshFaultReason,
    message: string,
    { hostKey, cause }: { hostKey?: HostKey; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'SshFault';
    this.reason = reason;
    this.hostKey = hostKey;
  }
}
