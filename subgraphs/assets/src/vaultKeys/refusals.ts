import { Refusal } from '@opsconductor/subgraph';

export class VaultKeyNotFound extends Refusal {
  override readonly typeName = 'VaultKeyNotFound';

  constructor() {
    super('The vault has no such key.');
  }
}

export class VaultKeyInUse extends Refusal {
  override readonly typeName = 'VaultKeyInUse';
  readonly sealedCount: number;

  constructor(sealedCount: number) {
    super(
      sealedCount > 0
        ? `${sealedCount} versions of credentials are sealed under this key. Rotate, and wait until none is.`
        : 'This key seals. Rotate first.',
    );
    this.sealedCount = sealedCount;
  }

  override get fields() {
    return { sealedCount: this.sealedCount };
  }
}
