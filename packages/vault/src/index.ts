export { checkVault, type KeepCanary } from './canary.ts';
export { SealBroken, SealingKeyMissing } from './faults.ts';
export type { Place } from './place.ts';
export { createRootKey, openRootKey, parseRootKey, type RootKey } from './rootKey.ts';
export { Secret } from './secret.ts';
export type { RotatingVault, StoredKey } from './rotatingVault.ts';
export { createVault, type RootVault, type Vault, type VaultOptions } from './vault.ts';
