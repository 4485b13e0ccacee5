// Brings the database of DATABASE_URL (or of the file that DATABASE_URL_FILE names) up to date, then ends.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyMigrations, waitForDatabase } from '@opsconductor/database';
import { StartupFault } from '@opsconductor/process';
import { root } from './prepare.mjs';

try {
  const { DATABASE_URL, DATABASE_URL_FILE } = process.env;
  if (!DATABASE_URL && !DATABASE_URL_FILE) throw new StartupFault('Set DATABASE_URL to the PostgreSQL to use.');
  const url = DATABASE_URL || readFileSync(DATABASE_URL_FILE, 'utf8').trim();
  await waitForDatabase(url, { timeoutSeconds: 60 });
  for (const schema of ['identity', 'assets', 'automation', 'communication']) {
    const applied = await applyMigrations({ url, schema, folder: join(root, 'prisma', schema, 'migrations') });
    console.log(applied.length > 0 ? `${schema}: applied ${applied.join(', ')}` : `${schema}: up to date`);
  }
} catch (error) {
  console.error(error instanceof StartupFault ? error.message : error);
  process.exit(1);
}
