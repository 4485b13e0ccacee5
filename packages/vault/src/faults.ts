import type { Place } from './place.ts';

/** A stored value does not open: it was changed, or put here from another place. Holds nothing of the value. */
export class SealBroken extends Error {
  readonly place: Place;

  constructor(place: Place) {
    super(`What is stored in ${describe(place)} is not what was sealed for it.`);
    this.name = 'SealBroken';
    this.place = place;
  }
}

/** A stored value was sealed under a root key that this process does not have. */
export class SealingKeyMissing extends Error {
  readonly place: Place;
  /** Id of the key-encryption key, in hex. It tells nothing of the key. */
  readonly keyId: string;

  constructor(place: Place, keyId: Buffer) {
    super(`What is stored in ${describe(place)} was sealed under another root key (${keyId.toString('hex')}).`);
    this.name = 'SealingKeyMissing';
    this.place = place;
    this.keyId = keyId.toString('hex');
  }
}

function describe({ table, field, row, version }: Place): string {
  return `${table}.${field} of ${row}, version ${version},`;
}
