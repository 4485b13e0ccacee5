/** Files as the transports move them, whatever carries them. */

/** What is uploaded. */
export interface FileSource {
  readonly size: number;
  /**
   * Another content has another identity: letters, digits, `-`, `_`. What an interrupted upload has left is gone on with
   * only where it is of the same.
   */
  readonly identity: string;
  /** For `sync`: seconds since 1970. */
  readonly modifiedAt?: number;
  /** For `sync`: permission bits. */
  readonly mode?: number;
  /** The bytes from an offset to the end. */
  read(from: number): AsyncIterable<Buffer>;
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  /** Called as bytes arrive. */
  readonly onProgress?: (bytes: number, total: number) => void;
}

export interface UploadOptions extends TransferOptions {
  /** Permission bits. Default: those of the file that is replaced, or what the server gives new files. */
  readonly mode?: number;
  /** Takes root, as a rule. */
  readonly owner?: { readonly userId: number; readonly groupId: number };
  /** Seconds since 1970. */
  readonly modifiedAt?: number;
}

export interface DownloadOptions extends TransferOptions {
  /** The first byte that is wanted; what is before it has been downloaded earlier. */
  readonly from?: number;
  /** Refuses files that are larger. */
  readonly limitBytes?: number;
}

export interface Transferred {
  /** Size of the file. */
  readonly bytes: number;
  /** So many of them were there already. */
  readonly resumedFrom: number;
}

export interface SyncOptions extends TransferOptions {
  /** Removes files and folders that the source does not have. */
  readonly deletesExtraneous?: boolean;
}

export interface Synchronised {
  readonly uploaded: readonly string[];
  readonly unchanged: number;
  readonly deleted: readonly string[];
}

/** The files of a target, as its account sees them. Paths are absolute, or from where the account begins. */
export interface Files {
  /**
   * Puts a file in its place at once: whoever reads `path` meanwhile sees the old file or the new one. What an interrupted
   * upload has brought is gone on with.
   * @throws TransferFault
   */
  upload(source: FileSource, path: string, options?: UploadOptions): Promise<Transferred>;
  /**
   * @param write takes the bytes in order; the target is held back until it resolves
   * @throws TransferFault
   */
  download(path: string, write: (bytes: Buffer) => unknown, options?: DownloadOptions): Promise<Transferred>;
  /**
   * Makes a folder hold the files of `sources`, by their relative paths. A file of the same size and time is left alone.
   * Symbolic links below the folder are not followed.
   * @throws TransferFault
   */
  sync(sources: ReadonlyMap<string, FileSource>, folder: string, options?: SyncOptions): Promise<Synchronised>;
  close(): Promise<void>;
}

export type TransferFaultReason =
  | 'NO_SUCH_FILE'
  | 'PERMISSION_DENIED'
  | 'NOT_A_FILE'
  | 'TOO_LARGE'
  /** The server says no more than that: no space left, a folder in the way, a quota. */
  | 'FAILED'
  /** The file changed while it was read or written. */
  | 'CHANGED'
  | 'INVALID_PATH'
  /** The server moves no files. */
  | 'NOT_SUPPORTED'
  | 'CONNECTION_LOST'
  | 'TIMEOUT';

/** A file was not moved, or not wholly; what was there before is there still. */
export class TransferFault extends Error {
  readonly reason: TransferFaultReason;

  constructor(reason: TransferFaultReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TransferFault';
    this.reason = reason;
  }
}

/** @throws TransferFault INVALID_PATH */
export function requirePath(path: string): string {
  const isPath = path !== '' && path.length <= 4_096 && !path.includes('\0') && path.isWellFormed();
  if (!isPath) throw new TransferFault('INVALID_PATH', `"${path.slice(0, 100)}" is not a path.`);
  return path;
}
