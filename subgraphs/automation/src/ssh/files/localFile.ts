import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FileSource } from './transfer.ts';

/** A file of this machine. One that changes meanwhile is noticed by its size. */
export async function localFile(path: string): Promise<FileSource> {
  const { size, mtimeMs, mode, ino } = await stat(path);
  return {
    size,
    identity: `${size.toString(36)}-${Math.round(mtimeMs).toString(36)}-${ino.toString(36)}`,
    modifiedAt: Math.floor(mtimeMs / 1_000),
    mode: mode & 0o777,
    read: (from) => createReadStream(path, { start: from, highWaterMark: 1 << 18 }),
  };
}

/** The regular files below a folder, by relative path. Symbolic links are left out. */
export async function localFolder(folder: string): Promise<ReadonlyMap<string, FileSource>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sources = new Map<string, FileSource>();
  for (const path of paths.sort()) sources.set(relative(folder, path).split(sep).join('/'), await localFile(path));
  return sources;
}
