// npm run migration -- <domain> <name>   writes prisma/<domain>/migrations/<timestamp>_<name>/migration.sql
// npm run migration -- --check           fails when a schema.prisma has something that its migrations lack
import { spawnSync } from 'node:child_process';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const prisma = join(root, 'prisma');

async function main([first, second, ...rest]) {
  const { createMigration, findDrift } = await import('@opsconductor/database');
  const { StartupFault } = await import('@opsconductor/process');
  try {
    if (first === '--check' && second === undefined) return reportDrift(await findDrift({ root: prisma }));
    if (!first || !second || rest.length > 0 || first.startsWith('-')) return usage();
    const path = await createMigration({ root: prisma, domain: first, name: second, now: new Date() });
    console.log(path ? `Written: ${relative(process.cwd(), path)}` : `The migrations of ${first} lack nothing.`);
    return 0;
  } catch (error) {
    console.error(error instanceof StartupFault ? error.message : error);
    return 1;
  }
}

function reportDrift(drifts) {
  for (const { domain, script } of drifts) {
    console.error(
      `The migrations of ${domain} lack this. Write it with: npm run migration -- ${domain} <name>\n\n${script}`,
    );
  }
  return drifts.length > 0 ? 1 : 0;
}

function usage() {
  console.error('Usage: npm run migration -- <domain> <name>\n       npm run migration -- --check');
  return 2;
}

/** The product's TypeScript runs on Node 24, which comes with its packages. */
function runOnOwnNode() {
  const node = join(root, 'node_modules', '.bin', 'node');
  const { status, error } = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
  if (error) console.error(`Cannot run ${node}: ${error.message}. Run npm install first.`);
  return status ?? 1;
}

const major = Number(process.versions.node.split('.')[0]);
process.exitCode = major < 24 ? runOnOwnNode() : await main(process.argv.slice(2));
