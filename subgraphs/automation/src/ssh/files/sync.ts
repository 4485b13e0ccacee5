import type { Stats } from 'ssh2';
import type { SftpChannel } from './sftpChannel.ts';
import { TransferFault } from './transfer.ts';
import type { FileSource, Files, SyncOptions, Synchronised } from './transfer.ts';

/** See {@link Files.sync}. Folders are made first, and what is extraneous goes last: an interrupted sync has lost nothing. */
export async function syncFolder(
  channel: SftpChannel,
  files: Pick<Files, 'upload'>,
  sources: ReadonlyMap<string, FileSource>,
  folder: string,
  { signal, onProgress, deletesExtraneous = false }: SyncOptions,
): Promise<Synchronised> {
  const paths = [...sources.keys()];
  for (const path of paths) requireRelative(path);
  const root = folder.replace(/\/+$/, '') || '/';
  const folders = new Set(paths.flatMap(foldersOf));
  const there = await listTree(channel, root);
  for (const path of ['', ...[...folders].sort()]) await makeFolder(channel, there, root, path);

  const total = [...sources.values()].reduce((bytes, { size }) => bytes + size, 0);
  let done = 0;
  const uploaded: string[] = [];
  for (const [path, source] of sources) {
    signal?.throwIfAborted();
    if (!isSame(there.get(path), source)) {
      const { mode, modifiedAt } = source;
      await files.upload(source, `${root}/${path}`, {
        ...(mode !== undefined && { mode }),
        ...(modifiedAt !== undefined && { modifiedAt }),
        ...(signal && { signal }),
      });
      uploaded.push(path);
    }
    done += source.size;
    onProgress?.(done, total);
  }
  const extraneous = [...there.keys()].filter((path) => path !== '' && !sources.has(path) && !folders.has(path));
  const deleted = deletesExtraneous ? await removeAll(channel, there, root, extraneous) : [];
  return { uploaded, unchanged: sources.size - uploaded.length, deleted };
}

/** What is in a folder, by relative path; `''` is the folder itself. Links are entries, not ways. */
async function listTree(channel: SftpChannel, root: string): Promise<Map<string, Stats>> {
  const there = new Map<string, Stats>();
  const visit = async (path: string, stats: Stats): Promise<void> => {
    there.set(path, stats);
    if (!stats.isDirectory()) return;
    for (const { filename, attrs } of await channel.list(`${root}/${path}`))
      if (filename !== '.' && filename !== '..') await visit(path ? `${path}/${filename}` : filename, attrs);
  };
  const stats = await channel.find(root);
  if (stats) await visit('', stats);
  return there;
}

async function makeFolder(
  channel: SftpChannel,
  there: ReadonlyMap<string, Stats>,
  root: string,
  path: string,
): Promise<void> {
  const known = there.get(path);
  if (known?.isDirectory()) return;
  const full = path ? `${root}/${path}` : root;
  if (known) throw new TransferFault('NOT_A_FILE', `${full} is in the way of a folder.`);
  await channel.makeFolder(full);
}

function isSame(known: Stats | undefined, { size, modifiedAt }: FileSource): boolean {
  return known?.isFile() === true && known.size === size && modifiedAt !== undefined && known.mtime === modifiedAt;
}

async function removeAll(
  channel: SftpChannel,
  there: ReadonlyMap<string, Stats>,
  root: string,
  paths: readonly string[],
): Promise<string[]> {
  // What is in a folder goes before it.
  const deepestFirst = [...paths].sort().reverse();
  for (const path of deepestFirst)
    if (there.get(path)?.isDirectory()) await channel.removeFolder(`${root}/${path}`);
    else await channel.remove(`${root}/${path}`);
  return deepestFirst.reverse();
}

function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

/** @throws TransferFault INVALID_PATH for a path that would leave the folder */
function requireRelative(path: string): void {
  const names = path.split('/');
  if (path.length > 4_096 || path.includes('\0') || names.some((name) => ['', '.', '..'].includes(name)))
    throw new TransferFault('INVALID_PATH', `"${path.slice(0, 100)}" is not a path below the folder.`);
}
