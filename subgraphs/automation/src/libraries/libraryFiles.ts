import { createGunzip } from 'node:zlib';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TextDecoder } from 'node:util';
import { extract } from 'tar-stream';
import { LIBRARY_LIMITS } from './definition.ts';
import type { LibraryFiles } from './definition.ts';
import { LibraryUnreadable } from './readLibrary.ts';

/**
 * Unpacks a gzipped tar archive in memory: nothing is written anywhere. Sizes are counted while it is unpacked, so that a
 * small archive cannot become a large one.
 * @throws LibraryUnreadable
 */
export async function readArchive(archive: Buffer): Promise<LibraryFiles> {
  const files = new FileCollection();
  const unpacked = extract();
  const reading = (async () => {
    for await (const entry of unpacked) {
      const { name, type } = entry.header;
      if (type === 'directory') entry.resume();
      else if (type !== 'file') throw unreadable(name, 'is neither a file nor a folder');
      else await files.add(name.replace(/^\.\//, ''), entry as AsyncIterable<Uint8Array>);
    }
  })();
  try {
    await Promise.all([pipeline(Readable.from([archive]), createGunzip(), unpacked), reading]);
  } catch (error) {
    throw error instanceof LibraryUnreadable ? error : unreadable('', 'is no gzipped tar archive', error);
  }
  return files.texts;
}

/** @throws LibraryUnreadable */
export async function readFolder(folder: string): Promise<LibraryFiles> {
  const files = new FileCollection();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if (entry.isDirectory()) continue;
    if (!entry.isFile()) throw unreadable(name, 'is neither a file nor a folder');
    files.require(name, (await stat(path)).size);
    await files.add(name, Readable.from([await readFile(path)]));
  }
  return files.texts;
}

class FileCollection {
  readonly texts = new Map<string, string>();
  #bytes = 0;

  /** @throws LibraryUnreadable */
  require(name: string, bytes: number): void {
    if (bytes > LIBRARY_LIMITS.fileBytes)
      throw unreadable(name, `is larger than ${LIBRARY_LIMITS.fileBytes / 1_024} KiB`);
  }

  async add(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    if (!isPlainPath(name)) throw unreadable(name.slice(0, 200), 'is not a plain path below the library');
    if (this.texts.has(name)) throw unreadable(name, 'is there twice');
    if (this.texts.size >= LIBRARY_LIMITS.files) throw unreadable('', `has more than ${LIBRARY_LIMITS.files} files`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of content) {
      bytes += part.length;
      this.#bytes += part.length;
      this.require(name, bytes);
      if (this.#bytes > LIBRARY_LIMITS.bytes) throw unreadable('', `is larger than ${LIBRARY_LIMITS.bytes} bytes`);
      parts.push(part);
    }
    try {
      this.texts.set(name, new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts)));
    } catch {
      throw unreadable(name, 'is not a text in UTF-8');
    }
  }
}

function isPlainPath(name: string): boolean {
  return name.length <= 200 && name.split('/').every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part));
}

function unreadable(file: string, message: string, cause?: unknown): LibraryUnreadable {
  return Object.assign(new LibraryUnreadable([{ file, path: '', message }]), { cause });
}
