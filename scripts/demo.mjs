// npm run demo: as npm start, in a data directory of its own, with demo hosts and a first job.
import { environment, prepare, root } from './prepare.mjs';
import { runUntilStopped } from './foreground.mjs';

const node = await prepare();
runUntilStopped(node, ['standalone/src/demo/main.ts', ...process.argv.slice(2)], { cwd: root, env: environment() });
