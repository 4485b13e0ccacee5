import { createHash } from 'node:crypto';
import type { SshAuthentication } from './authentication.ts';
import type { SshEndpoint } from './connection.ts';

/** Whose connections are interchangeable: the same address, account and secret, by the same way. Holds none of them. */
export function identityOf(endpoint: SshEndpoint): string {
  const { authentication, jump, allowsOldAlgorithms = false } = endpoint;
  const way = jump ? identityOf(jump.endpoint) : null;
  const parts = [placeOf(endpoint), way, allowsOldAlgorithms, ...secretsOf(authentication)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** An account at an address, however one signs in. The same address behind another jump host is another place. */
export function placeOf({ address, port, username, jump }: SshEndpoint): string {
  return JSON.stringify([address, port, username, jump ? placeOf(jump.endpoint) : null]);
}

function secretsOf(authentication: SshAuthentication): (string | undefined)[] {
  switch (authentication.kind) {
    case 'password':
      return [authentication.kind, authentication.password.reveal()];
    case 'privateKey':
      return [authentication.kind, authentication.privateKey.reveal(), authentication.passphrase?.reveal()];
  }
}
