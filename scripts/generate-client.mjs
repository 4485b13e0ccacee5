// Generates the Prisma client of one domain. `prisma generate` needs no schema engine, but looks for its file.
import { bin, root, run, environment, giveUp } from './prepare.mjs';

const [domain] = process.argv.slice(2);
const { code, output } = await run(bin('prisma'), ['generate', '--schema', `prisma/${domain}/schema.prisma`], {
  cwd: root,
  env: environment({ PRISMA_SCHEMA_ENGINE_BINARY: process.execPath }),
});
if (code !== 0) giveUp(output);
