/** Wakes whoever watches the keys of the vault. */
export const VAULT_KEYS_TOPIC = 'vaultKeys';
