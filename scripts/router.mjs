// npm run router: installs what is missing and runs the router by itself, on any supergraph. See router/src/alone/.
import { resolve } from 'node:path';
import { environment, prepareDependencies, root } from './prepare.mjs';
import { runUntilStopped } from './foreground.mjs';

const given = process.argv.slice(2);
const node = await prepareDependencies();
// The file is meant from where the command was given; npm tells.
const from = process.env.INIT_CWD ?? process.cwd();
const at = given.indexOf('--supergraph') + 1;
const absolute = given.map((argument, index) => (at > 0 && index === at ? resolve(from, argument) : argument));
runUntilStopped(node, ['router/src/alone/main.ts', ...absolute], { cwd: root, env: environment() });
