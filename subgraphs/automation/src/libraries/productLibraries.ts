import { fileURLToPath } from 'node:url';
import type { Log } from '@opsconductor/telemetry';
import type { PrismaClient } from '../../generated/prisma/client.ts';
import { keepLibrary } from './libraries.ts';
import { readFolder } from './libraryFiles.ts';
import { readLibrary } from './readLibrary.ts';
import { StepLibraryConflict } from './refusals.ts';

const LIBRARIES = ['linux'];

/** Folder of a library that comes with the product. */
export function folderOf(name: string): string {
  return fileURLToPath(new URL(`../../../../libraries/${name}`, import.meta.url));
}

/** Installs the libraries that come with the product, as every start does: those that are there stay as they are. */
export async function installProductLibraries(prisma: PrismaClient, log: Log, now: Date): Promise<void> {
  for (const name of LIBRARIES) {
    const definition = readLibrary(await readFolder(folderOf(name)));
    try {
      const { isNew } = await prisma.$transaction((db) => keepLibrary(db, definition, { installedById: null, now }));
      if (isNew) log.info({ library: name, version: definition.version }, 'stepLibrary.installed');
    } catch (error) {
      if (!(error instanceof StepLibraryConflict)) throw error;
      log.error({ library: name, version: definition.version }, 'stepLibrary.conflict');
    }
  }
}
