import { lockDirectory } from '../src/index.ts';

/** `node holdLock.ts <directory>`: locks it until killed. Writes `locked`, or why it cannot. */
const [directory] = process.argv.slice(2);
if (!directory) throw new Error('Usage: node holdLock.ts <directory>');
try {
  lockDirectory(directory);
  console.log('locked');
  setInterval(() => {}, 60_000);
} catch (error) {
  console.log((error as Error).message);
}
