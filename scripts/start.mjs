// npm start: prepares the clone and runs the platform in one process tree, until Ctrl-C.
import { environment, prepare, root } from './prepare.mjs';
import { runUntilStopped } from './foreground.mjs';

const node = await prepare();
runUntilStopped(node, ['standalone/src/main.ts', ...process.argv.slice(2)], { cwd: root, env: environment() });
