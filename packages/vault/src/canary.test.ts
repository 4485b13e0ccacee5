import { StartupFault } from '@opsconductor/process';
import { Secret, checkVault, createRootKey, createVault } from './index.ts';
import type { KeepCanary, Vault } from './index.ts';

const place = { table: 'vault_canaries', row: '1', field: 'sealed', version: 1 };
const createStore = (): KeepCanary => {
  let stored: Uint8Array | undefined;
  return async (sealed) => (stored ??= sealed);
};

test('every start with the same root key passes', async () => {
  const keep = createStore();
  const rootKey = createRootKey();
  await checkVault(createVault({ rootKey }), place, keep);
  await expect(checkVault(createVault({ rootKey }), place, keep)).resolves.toBeUndefined();
});

test('a new root key on a database that knows another one does not start, unless the old one is there too', async () => {
  const keep = createStore();
  const [first, second] = [createRootKey(), createRootKey()];
  await checkVault(createVault({ rootKey: first }), place, keep);
  await expect(checkVault(createVault({ rootKey: second }), place, keep)).rejects.toThrow(
    /sealed under another root key/,
  );
  await checkVault(createVault({ rootKey: second, olderRootKeys: [first] }), place, keep);
});

test('a canary that was changed does not start', async () => {
  const vault = createVault({ rootKey: createRootKey() });
  const elsewhere = vault.seal(Secret.from('x'), { ...place, row: '2' });
  await expect(checkVault(vault, place, async () => elsewhere)).rejects.toThrow(StartupFault);
});

test('a vault that stores values as they are does not start', async () => {
  const open: Vault = {
    seal: (secret) => Buffer.from(secret.reveal()),
    open: (sealed) => Secret.from(Buffer.from(sealed).toString()),
  };
  await expect(checkVault(open, place, createStore())).rejects.toThrow(/stores secrets as they are/);
});
