import ssh2 from 'ssh2';
import type { Client, FileEntryWithStats, InputAttributes, OpenMode, SFTPWrapper, Stats } from 'ssh2';
import { TransferFault } from './transfer.ts';
import type { TransferFaultReason } from './transfer.ts';

/** A request that has no answer after this time never gets one. */
const ANSWER_MS = 30_000;
const OPEN_MS = 10_000;

const { STATUS_CODE } = ssh2.utils.sftp;
const REASONS: Readonly<Record<number, TransferFaultReason>> = {
  [STATUS_CODE.NO_SUCH_FILE]: 'NO_SUCH_FILE',
  [STATUS_CODE.PERMISSION_DENIED]: 'PERMISSION_DENIED',
  [STATUS_CODE.OP_UNSUPPORTED]: 'NOT_SUPPORTED',
  [STATUS_CODE.CONNECTION_LOST]: 'CONNECTION_LOST',
  [STATUS_CODE.NO_CONNECTION]: 'CONNECTION_LOST',
};

/** The requests of SFTP version 3 (draft-ietf-secsh-filexfer-02), each bounded in time. All reject with a TransferFault. */
export class SftpChannel {
  readonly #sftp: SFTPWrapper;
  readonly #closed = Promise.withResolvers<never>();

  private constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
    this.#closed.promise.catch(() => {});
    sftp.on('error', () => {});
    sftp.once('close', () =>
      this.#closed.reject(new TransferFault('CONNECTION_LOST', 'The connection was lost while files were moved.')),
    );
  }

  /** @throws TransferFault NOT_SUPPORTED when the server has no such subsystem */
  static open(client: Client): Promise<SftpChannel> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: unknown) => {
        clearTimeout(timer);
        reject(new TransferFault('NOT_SUPPORTED', 'The target gives no session for files (SFTP).', { cause }));
      };
      const timer = setTimeout(refuse, OPEN_MS, new Error('no answer'));
      try {
        client.sftp((error, sftp) => {
          if (error) return refuse(error);
          clearTimeout(timer);
          resolve(new SftpChannel(sftp));
        });
      } catch (error) {
        refuse(error);
      }
    });
  }

  openFile(path: string, mode: OpenMode, attributes: InputAttributes = {}): Promise<Buffer> {
    return this.#request(path, (done) => this.#sftp.open(path, mode, attributes, done));
  }

  closeFile(path: string, handle: Buffer): Promise<void> {
    return this.#request(path, (done) => this.#sftp.close(handle, done));
  }

  write(path: string, handle: Buffer, bytes: Buffer, position: number): Promise<void> {
    return this.#request(path, (done) => this.#sftp.write(handle, bytes, 0, bytes.length, position, done));
  }

  /** @returns fewer bytes than asked for at the end of the file, none beyond it */
  read(path: string, handle: Buffer, length: number, position: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    return this.#request(path, (done) =>
      this.#sftp.read(handle, buffer, 0, length, position, (error, bytes = 0) =>
        done(error, buffer.subarray(0, bytes)),
      ),
    );
  }

  statFile(path: string, handle: Buffer): Promise<Stats> {
    return this.#request(path, (done) => this.#sftp.fstat(handle, done));
  }

  /** @returns undefined when there is nothing; a symbolic link is not followed */
  async find(path: string): Promise<Stats | undefined> {
    try {
      return await this.#request<Stats>(path, (done) => this.#sftp.lstat(path, done));
    } catch (error) {
      if (error instanceof TransferFault && error.reason === 'NO_SUCH_FILE') return undefined;
      throw error;
    }
  }

  setAttributes(path: string, handle: Buffer, attributes: InputAttributes): Promise<void> {
    return this.#request(path, (done) => this.#sftp.fsetstat(handle, attributes, done));
  }

  /** Writes to disk what was written; where the server cannot, it is left to it. */
  async flush(path: string, handle: Buffer): Promise<void> {
    await this.#extension(() => this.#request(path, (done) => this.#sftp.ext_openssh_fsync(handle, done)));
  }

  /** Replaces what is there, in one step where the server can (OpenSSH), else after removing it. */
  async rename(from: string, to: string): Promise<void> {
    const isDone = await this.#extension(() =>
      this.#request(to, (done) => this.#sftp.ext_openssh_rename(from, to, done)),
    );
    if (isDone) return;
    if (await this.find(to)) await this.remove(to);
    await this.#request<void>(to, (done) => this.#sftp.rename(from, to, done));
  }

  remove(path: string): Promise<void> {
    return this.#request(path, (done) => this.#sftp.unlink(path, done));
  }

  makeFolder(path: string): Promise<void> {
    return this.#request(path, (done) => this.#sftp.mkdir(path, done));
  }

  removeFolder(path: string): Promise<void> {
    return this.#request(path, (done) => this.#sftp.rmdir(path, done));
  }

  list(path: string): Promise<FileEntryWithStats[]> {
    return this.#request(path, (done) => this.#sftp.readdir(path, done));
  }

  close(): void {
    this.#sftp.end();
  }

  /** @returns false when the server does not know it: ssh2 says so by throwing */
  async #extension(request: () => Promise<unknown>): Promise<boolean> {
    try {
      await request();
      return true;
    } catch (error) {
      if (error instanceof TransferFault && error.reason !== 'NOT_SUPPORTED') throw error;
      return false;
    }
  }

  async #request<Result = void>(
    path: string,
    send: (done: (error: Error | undefined | null, result?: Result) => void) => void,
  ): Promise<Result> {
    const answer = Promise.withResolvers<Result>();
    const timer = setTimeout(() => {
      answer.reject(new TransferFault('TIMEOUT', `The target did not answer about ${path} in time.`));
    }, ANSWER_MS);
    try {
      send((error, result) => (error ? answer.reject(faultOf(path, error)) : answer.resolve(result as Result)));
      return await Promise.race([answer.promise, this.#closed.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

function faultOf(path: string, error: Error & { code?: unknown }): TransferFault {
  // Without a status of the server there was no answer.
  const reason = typeof error.code === 'number' ? (REASONS[error.code] ?? 'FAILED') : 'CONNECTION_LOST';
  return new TransferFault(reason, `${path}: ${error.message.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)}.`, {
    cause: error,
  });
}
