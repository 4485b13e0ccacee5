// npm run bench: prepares the clone and runs the benches that are named, or all. See bench/main.ts.
import { environment, prepare, root } from './prepare.mjs';
import { runUntilStopped } from './foreground.mjs';

const node = await prepare();
runUntilStopped(node, ['bench/main.ts', ...process.argv.slice(2)], { cwd: root, env: environment() });
