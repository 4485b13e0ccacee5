import { Worker } from 'node:worker_threads';
import type { LibraryDefinition, LibraryFiles } from './definition.ts';
import type { LibraryReading } from './libraryThread.ts';
import { LibraryUnreadable } from './readLibrary.ts';

const TIME_LIMIT_MS = 10_000;

/**
 * As `readLibrary`, for files from outside: whatever they hold, it ends, and nothing else waits for it.
 * @throws LibraryUnreadable
 */
export async function readUntrustedLibrary(files: LibraryFiles): Promise<LibraryDefinition> {
  const thread = new Worker(new URL('./libraryThread.ts', import.meta.url), {
    workerData: files,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
    env: {},
    execArgv: [],
  });
  const timer = setTimeout(() => void thread.terminate(), TIME_LIMIT_MS);
  try {
    const reading = await new Promise<LibraryReading | undefined>((resolve) => {
      thread.once('message', resolve);
      // Out of memory, or out of time.
      thread.once('error', () => resolve(undefined));
      thread.once('exit', () => resolve(undefined));
    });
    if (!reading)
      throw new LibraryUnreadable([{ file: '', path: '', message: 'takes too much to be read: write it more simply' }]);
    if (reading.kind === 'problems') throw new LibraryUnreadable(reading.problems);
    return reading.library;
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
