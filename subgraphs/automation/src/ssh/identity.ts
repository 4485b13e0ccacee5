import { createHash } from 'node:crypto';
import type { SshAuthentication } from './authentication.ts';
import type { SshEndpoint } from './connection.ts';

/** Whose connections are interchangeable: the same address, account and secret. Holds none of them. */
export function identityOf(endpoint: SshEndpoint): string {
  const parts = [placeOf(endpoint), ...secretsOf(endpoint.authentication)];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** An account at an address, however one signs in. */
export function placeOf({ address, port, username }: SshEndpoint): string {
  return JSON.stringify([address, port, username]);
}

function secretsOf(authentication: SshAuthentication): (string | undefined)[] {
  switch (authentication.kind) {
    case 'password':
      return [authentication.kind, authentication.password.reveal()];
    case 'privateKey':
      return [authentication.kind, authentication.privateKey.reveal(), authentication.passphrase?.reveal()];
  }
}
