import { randomBytes } from 'node:crypto';
import { StartupFault } from '@opsconductor/process';
import { SealingKeyMissing } from './faults.ts';
import type { Place } from './place.ts';
import { Secret } from './secret.ts';
import type { Vault } from './vault.ts';

/** Stores the bytes unless some are stored already, and reads back what is stored then. */
export type KeepCanary = (sealed: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/**
 * Run by each domain that seals, before it serves anything: what is sealed, stored and read back opens, and is not the
 * value. The canary stays from the very first start, so that a later one with another root key ends here, and not
 * with secrets sealed under two keys.
 * @param place the canary's own row
 * @throws {StartupFault}
 */
export async function checkVault(vault: Vault, place: Place, keep: KeepCanary): Promise<void> {
  const stored = await keep(vault.seal(Secret.from(randomBytes(24).toString('base64')), place));
  const value = openCanary(vault, stored, place).reveal();
  if (Buffer.from(stored).includes(value))
    throw new StartupFault('The vault stores secrets as they are. Do not use it.');
}

function openCanary(vault: Vault, stored: Uint8Array, place: Place): Secret {
  try {
    return vault.open(stored, place);
  } catch (error) {
    if (error instanceof SealingKeyMissing)
      throw new StartupFault(
        'The secrets in this database are sealed under another root key than the one given. ' +
          `Start with the root key that this installation was made with (its key id is ${error.keyId}).`,
        { cause: error },
      );
    throw new StartupFault(
      `The vault cannot open its own canary in ${place.table}. The database was changed from outside, or this is not ` +
        'the database of this installation: restore both from the same backup.',
      { cause: error },
    );
  }
}
