/** Begins to wrap versions anew and says so in the middle of a batch, to be killed there. */
import { connect } from '@opsconductor/database';
import { createVault, parseRootKey } from '@opsconductor/vault';
import { PrismaClient } from '../../generated/prisma/client.ts';
import { rewrapAll } from '../vaultKeys/rewrapping.ts';
import { openStoredVault } from '../vaultKeys/storedVault.ts';

const [url = '', rootKey = ''] = process.argv.slice(2);
const prisma = connect(PrismaClient, { url, schema: 'assets', applicationName: 'rewrap', poolSize: 2 });
const vault = await openStoredVault(prisma, createVault({ rootKey: parseRootKey(rootKey)! }));
let done = 0;
await rewrapAll(
  (work) => prisma.$transaction((db) => work({ db, emit() {}, wake() {}, enqueue() {} }), { timeout: 60_000 }),
  {
    ...vault,
    async rewrap(sealed, place) {
      done += 1;
      if (done < 10) return vault.rewrap(sealed, place);
      process.send?.('in the middle');
      return new Promise<never>(() => setInterval(() => {}, 1_000));
    },
  },
  AbortSignal.timeout(60_000),
);
