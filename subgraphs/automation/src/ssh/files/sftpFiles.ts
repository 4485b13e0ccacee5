import type { Client, Stats } from 'ssh2';
import { SftpChannel } from './sftpChannel.ts';
import { syncFolder } from './sync.ts';
import { TransferFault, requirePath } from './transfer.ts';
import type {
  DownloadOptions,
  FileSource,
  Files,
  SyncOptions,
  Synchronised,
  TransferOptions,
  Transferred,
  UploadOptions,
} from './transfer.ts';

/** What every server takes in one request. */
const PIECE_BYTES = 32_768;
/** Requests that wait for their answers: on a line of 100 ms that is 20 MB/s. */
const PIECES_IN_FLIGHT = 64;

/** @throws TransferFault NOT_SUPPORTED */
export async function openSftpFiles(client: Client): Promise<Files> {
  return new SftpFiles(await SftpChannel.open(client));
}

class SftpFiles implements Files {
  readonly #channel: SftpChannel;

  constructor(channel: SftpChannel) {
    this.#channel = channel;
  }

  async upload(source: FileSource, path: string, options: UploadOptions = {}): Promise<Transferred> {
    const known = await this.#channel.find(requirePath(path));
    if (known?.isDirectory()) throw new TransferFault('NOT_A_FILE', `${path} is a folder.`);
    const part = `${path}.opsc-${source.identity}`;
    const left = await this.#channel.find(part);
    const resumedFrom = left?.isFile() && left.size <= source.size ? left.size : 0;
    const handle = await this.#channel.openFile(part, resumedFrom > 0 ? 'r+' : 'w', { mode: 0o600 });
    try {
      await this.#send(source, { path: part, handle, resumedFrom }, options);
      await this.#finish(part, handle, source, { ...options, mode: options.mode ?? modeOf(known) });
    } finally {
      await this.#channel.closeFile(part, handle).catch(() => {});
    }
    await this.#channel.rename(part, path);
    return { bytes: source.size, resumedFrom };
  }

  async download(
    path: string,
    write: (bytes: Buffer) => unknown,
    { from = 0, limitBytes = Infinity, signal, onProgress }: DownloadOptions = {},
  ): Promise<Transferred> {
    const handle = await this.#channel.openFile(requirePath(path), 'r');
    try {
      const stats = await this.#channel.statFile(path, handle);
      const { size } = stats;
      if (!stats.isFile()) throw new TransferFault('NOT_A_FILE', `${path} is no regular file.`);
      if (size > limitBytes) throw new TransferFault('TOO_LARGE', `${path} has ${size} bytes.`);
      if (from > size) throw new TransferFault('CHANGED', `${path} has become shorter than what is there of it.`);
      const pieces: Promise<Buffer>[] = [];
      let asked = from;
      for (let done = from; done < size;) {
        signal?.throwIfAborted();
        for (; asked < size && pieces.length < PIECES_IN_FLIGHT; asked += PIECE_BYTES)
          pieces.push(quiet(this.#readAll(path, handle, Math.min(PIECE_BYTES, size - asked), asked)));
        const bytes = (await pieces.shift()) as Buffer;
        await write(bytes);
        done += bytes.length;
        onProgress?.(done, size);
      }
      return { bytes: size, resumedFrom: from };
    } finally {
      await this.#channel.closeFile(path, handle).catch(() => {});
    }
  }

  sync(sources: ReadonlyMap<string, FileSource>, folder: string, options: SyncOptions = {}): Promise<Synchronised> {
    return syncFolder(this.#channel, this, sources, requirePath(folder), options);
  }

  async close(): Promise<void> {
    this.#channel.close();
  }

  async #send(
    source: FileSource,
    { path, handle, resumedFrom }: { path: string; handle: Buffer; resumedFrom: number },
    { signal, onProgress }: TransferOptions,
  ): Promise<void> {
    let position = resumedFrom;
    let confirmed = resumedFrom;
    const pieces: Promise<void>[] = [];
    for await (const chunk of source.read(resumedFrom))
      for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
        signal?.throwIfAborted();
        const bytes = chunk.subarray(start, start + PIECE_BYTES);
        const sent = this.#channel.write(path, handle, bytes, position).then(() => {
          confirmed += bytes.length;
          onProgress?.(confirmed, source.size);
        });
        pieces.push(quiet(sent));
        position += bytes.length;
        if (pieces.length >= PIECES_IN_FLIGHT) await pieces.shift();
      }
    await Promise.all(pieces);
    if (position !== source.size) throw new TransferFault('CHANGED', `The source of ${path} has changed meanwhile.`);
  }

  async #finish(path: string, handle: Buffer, source: FileSource, options: UploadOptions): Promise<void> {
    const { size } = await this.#channel.statFile(path, handle);
    if (size !== source.size) throw new TransferFault('CHANGED', `${path} was written by somebody else, too.`);
    const { owner, mode, modifiedAt } = options;
    // The owner first: changing it takes the set-user-ID bit away.
    if (owner) await this.#channel.setAttributes(path, handle, { uid: owner.userId, gid: owner.groupId });
    if (mode !== undefined) await this.#channel.setAttributes(path, handle, { mode });
    await this.#channel.flush(path, handle);
    if (modifiedAt !== undefined)
      await this.#channel.setAttributes(path, handle, { atime: modifiedAt, mtime: modifiedAt });
  }

  /** A server may give less than asked for before the end. */
  async #readAll(path: string, handle: Buffer, length: number, position: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let have = 0; have < length;) {
      const bytes = await this.#channel.read(path, handle, length - have, position + have);
      if (bytes.length === 0) throw new TransferFault('CHANGED', `${path} has become shorter while it was read.`);
      parts.push(bytes);
      have += bytes.length;
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }
}

/** Keeps a failure until it is awaited in its turn. */
function quiet<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

/** A file that is replaced gives its permissions to the new one. */
function modeOf(known: Stats | undefined): number {
  return known?.isFile() ? known.mode & 0o777 : 0o644;
}
