/** Reads one library, in a thread that is ended when it takes too long: some YAML takes minutes, or much memory. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LibraryDefinition, LibraryFiles, LibraryProblem } from './definition.ts';
import { LibraryUnreadable, readLibrary } from './readLibrary.ts';

export type LibraryReading =
  | { readonly kind: 'library'; readonly library: LibraryDefinition }
  | { readonly kind: 'problems'; readonly problems: readonly LibraryProblem[] };

parentPort?.postMessage(read(workerData as LibraryFiles));

function read(files: LibraryFiles): LibraryReading {
  try {
    return { kind: 'library', library: readLibrary(files) };
  } catch (error) {
    if (error instanceof LibraryUnreadable) return { kind: 'problems', problems: error.problems };
    throw error;
  }
}
