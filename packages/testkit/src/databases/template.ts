import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { applyMigrations, withClient, withDatabase } from '@opsconductor/database';

const PRISMA = join(import.meta.dirname, '../../../../prisma');
const DOMAINS = ['identity', 'assets', 'automation', 'communication'];
const LOCK_KEY = 7_236_611_005;

/**
 * The name of a database with the migrations of all domains applied, each in the schema of its name. It is made once per
 * server and content of the migrations, however many processes ask for it at once.
 * @param url a database of the server
 */
export async function ensureTemplate(url: string): Promise<string> {
  const template = `migrated_${await hashMigrations()}`;
  const limits = { statementSeconds: 0, lockSeconds: 120 };
  const server = { url: withDatabase(url, 'postgres'), applicationName: 'opsconductor tests', limits };
  await withClient(server, async (client) => {
    const isComplete = async (): Promise<boolean> => {
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [
        template,
      ]);
      return rowCount === 1;
    };
    if (await isComplete()) return;
    await client.query('SELECT pg_advisory_lock($1)', [LOCK_KEY]);
    if (await isComplete()) return;
    await client.query(`DROP DATABASE IF EXISTS ${template}`);
    await client.query(`CREATE DATABASE ${template}`);
    for (const schema of DOMAINS) {
      await applyMigrations({ url: withDatabase(url, template), schema, folder: join(PRISMA, schema, 'migrations') });
    }
    await client.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
  });
  return template;
}

async function hashMigrations(): Promise<string> {
  const hash = createHash('sha256');
  for (const domain of DOMAINS) {
    const folder = join(PRISMA, domain, 'migrations');
    const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.sql')).sort();
    for (const name of names) hash.update(`${domain}/${name}\n`).update(await readFile(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
