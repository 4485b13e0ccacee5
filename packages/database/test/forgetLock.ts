import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { lockDirectory } from '../src/index.ts';

/** `node forgetLock.ts <directory>`: locks it, keeps nothing of the lock, and collects garbage until killed. */
const [directory] = process.argv.slice(2);
if (!directory) throw new Error('Usage: node forgetLock.ts <directory>');
lockDirectory(directory);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setImmediate(() => {
  collect();
  console.log('collected');
  setInterval(collect, 1_000);
});
