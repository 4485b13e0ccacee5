import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOpenSshHost, startSshHost } from '@opsconductor/testkit';
import type { OpenSshHost } from '@opsconductor/testkit';
import type { SshConnection } from '../connection.ts';
import { connectTo, describeOpenSsh } from '../testHosts.ts';
import { localFile, localFolder } from './localFile.ts';
import type { FileSource, Files } from './transfer.ts';

describeOpenSsh('files of OpenSSH', () => {
  let host: OpenSshHost;
  let connection: SshConnection;
  let files: Files;
  let folder: string;
  beforeAll(async () => {
    host = await startOpenSshHost();
    connection = await connectTo(host);
  });
  afterAll(async () => {
    await connection.close();
    await host.stop();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'files-'));
    files = await connection.files();
  });
  afterEach(async () => {
    await files.close();
    await rm(folder, { recursive: true });
  });

  const sourceOf = (bytes: Buffer, identity = 'id-1'): FileSource => ({
    size: bytes.length,
    identity,
    read: async function* (from) {
      for (let start = from; start < bytes.length; start += 100_000)
        yield bytes.subarray(start, Math.min(start + 100_000, bytes.length));
    },
  });
  const download = async (path: string, from = 0) => {
    const pieces: Buffer[] = [];
    await files.download(path, (bytes) => pieces.push(bytes), { from });
    return Buffer.concat(pieces);
  };

  test.each([0, 1, 32_768, 32_769, 5_000_003])('%i bytes arrive and come back as they are', async (size) => {
    const bytes = randomBytes(size);
    const path = join(folder, "it's a file ü");
    const progress: number[] = [];
    const result = await files.upload(sourceOf(bytes), path, {
      mode: 0o640,
      onProgress: (done) => progress.push(done),
    });
    expect(result).toEqual({ bytes: size, resumedFrom: 0 });
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await download(path)).equals(bytes)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toHaveLength(1);
    if (size > 0) expect(progress.at(-1)).toBe(size);
    expect(progress).toEqual(progress.toSorted((one, other) => one - other));
  });

  test('whoever reads a file that is replaced sees the old one or the new one, and its permissions stay', async () => {
    const path = join(folder, 'config');
    await writeFile(path, 'old', { mode: 0o600 });
    const seen = new Set<string>();
    const source = sourceOf(Buffer.alloc(3_000_000, 'n'));
    await files.upload(source, path, {
      onProgress: () => void readFile(path).then((text) => seen.add(`${text.length}`)),
    });
    expect([...seen].filter((length) => length !== '3' && length !== '3000000')).toEqual([]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test('an interrupted upload leaves the file as it was, and is gone on with', async () => {
    const path = join(folder, 'large');
    await writeFile(path, 'old');
    const bytes = randomBytes(8_000_000);
    const leaving = new AbortController();
    const interrupted = files.upload(sourceOf(bytes), path, {
      signal: leaving.signal,
      onProgress: (done) => done > 2_000_000 && leaving.abort(new Error('enough')),
    });
    await expect(interrupted).rejects.toThrow('enough');
    expect(await readFile(path, 'utf8')).toBe('old');
    const { resumedFrom } = await files.upload(sourceOf(bytes), path);
    expect(resumedFrom).toBeGreaterThan(2_000_000);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect(await readdir(folder)).toEqual(['large']);
  });

  test('what another content has left is not gone on with', async () => {
    const path = join(folder, 'large');
    await writeFile(`${path}.opsc-other`, 'x'.repeat(100));
    expect(await files.upload(sourceOf(Buffer.from('y'.repeat(200)), 'mine'), path)).toMatchObject({ resumedFrom: 0 });
    expect(await readFile(path, 'utf8')).toBe('y'.repeat(200));
  });

  test('a download begins where it is told to, and a file that shrinks is noticed', async () => {
    const path = join(folder, 'log');
    await writeFile(path, 'x'.repeat(3_000_000));
    expect((await download(path, 2_999_999)).toString()).toBe('x');
    let pieces = 0;
    const shrinking = files.download(path, async () => {
      pieces += 1;
      if (pieces === 1) await truncate(path, 10);
    });
    await expect(shrinking).rejects.toMatchObject({ reason: 'CHANGED' });
    await expect(download(path, 50)).rejects.toMatchObject({ reason: 'CHANGED' });
  });

  test('a slow reader holds the target back', async () => {
    const path = join(folder, 'large');
    await writeFile(path, Buffer.alloc(20_000_000));
    const release = Promise.withResolvers<void>();
    let taken = 0;
    const downloading = files.download(path, async (bytes) => {
      taken += bytes.length;
      await release.promise;
    });
    // Another request on the same channel is answered: all that was asked for before it is there.
    const other = await connection.files();
    await other.download(path, () => {}, { limitBytes: 1 }).catch(() => {});
    await other.close();
    expect(taken).toBeLessThanOrEqual(32_768);
    release.resolve();
    expect(await downloading).toEqual({ bytes: 20_000_000, resumedFrom: 0 });
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['nothing there', () => download(join(folder, 'none')), 'NO_SUCH_FILE'],
    ['no folder for it', () => files.upload(sourceOf(Buffer.of(1)), join(folder, 'none/file')), 'NO_SUCH_FILE'],
    ['a folder in its place', () => files.upload(sourceOf(Buffer.of(1)), folder), 'NOT_A_FILE'],
    ['a folder to download', () => download(folder), 'NOT_A_FILE'],
    ['a device to download', () => download('/dev/zero'), 'NOT_A_FILE'],
    ['a NUL in the path', () => download('a\0b'), 'INVALID_PATH'],
    ['no path', () => download(''), 'INVALID_PATH'],
    [
      'a source that ends early',
      () => files.upload({ ...sourceOf(Buffer.of(1)), size: 2 }, join(folder, 'f')),
      'CHANGED',
    ],
    [
      'a source that goes on',
      () => files.upload({ ...sourceOf(Buffer.alloc(9)), size: 2 }, join(folder, 'f')),
      'CHANGED',
    ],
    ['a path out of the folder', () => files.sync(new Map([['../x', sourceOf(Buffer.of(1))]]), folder), 'INVALID_PATH'],
    ['an absolute path', () => files.sync(new Map([['/etc/x', sourceOf(Buffer.of(1))]]), folder), 'INVALID_PATH'],
  ])('%s is refused', async (_what, attempt, reason) => {
    await expect(attempt()).rejects.toMatchObject({ reason });
  });

  test('a file that is too large is refused before it is read', async () => {
    await writeFile(join(folder, 'f'), '12345');
    await expect(files.download(join(folder, 'f'), () => {}, { limitBytes: 4 })).rejects.toMatchObject({
      reason: 'TOO_LARGE',
    });
  });

  test('a connection that is lost is told at once', async () => {
    const own = await connectTo(host);
    const itsFiles = await own.files();
    const path = join(folder, 'large');
    await writeFile(path, Buffer.alloc(50_000_000));
    const downloading = itsFiles.download(path, () => host.dropConnections());
    await expect(downloading).rejects.toMatchObject({ reason: 'CONNECTION_LOST' });
    connection = await connectTo(host);
  });

  test('sync brings what is new or changed, and takes away only where it may', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    await mkdir(join(from, 'sub/deep'), { recursive: true });
    await writeFile(join(from, 'a'), 'a');
    await writeFile(join(from, 'sub/deep/script'), '#!/bin/sh\n');
    await chmod(join(from, 'sub/deep/script'), 0o755);
    const first = await files.sync(await localFolder(from), to);
    expect(first).toEqual({ uploaded: ['a', 'sub/deep/script'], unchanged: 0, deleted: [] });
    expect((await stat(join(to, 'sub/deep/script'))).mode & 0o777).toBe(0o755);

    expect(await files.sync(await localFolder(from), to)).toMatchObject({ uploaded: [], unchanged: 2 });
    await writeFile(join(from, 'a'), 'ab');
    await mkdir(join(to, 'old'));
    await writeFile(join(to, 'old/file'), '');
    await symlink('/etc', join(to, 'link'));
    expect(await files.sync(await localFolder(from), to)).toMatchObject({ uploaded: ['a'], deleted: [] });
    const last = await files.sync(await localFolder(from), to, { deletesExtraneous: true });
    expect(last).toEqual({ uploaded: [], unchanged: 2, deleted: ['link', 'old', 'old/file'] });
    expect((await readdir(to, { recursive: true })).sort()).toEqual(['a', 'sub', 'sub/deep', 'sub/deep/script']);
    expect((await stat('/etc/passwd')).isFile()).toBe(true);
  });

  test('a link in the place of a folder is not followed', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    await mkdir(join(from, 'sub'), { recursive: true });
    await mkdir(to);
    await writeFile(join(from, 'sub/x'), 'x');
    await symlink('/tmp', join(to, 'sub'));
    await expect(files.sync(await localFolder(from), to)).rejects.toMatchObject({ reason: 'NOT_A_FILE' });
  });

  test('a file of this machine has an identity of its own', async () => {
    const path = join(folder, 'f');
    await writeFile(path, 'one');
    const { identity } = await localFile(path);
    await writeFile(path, 'three');
    expect((await localFile(path)).identity).not.toBe(identity);
    expect(identity).toMatch(/^[\w-]+$/);
  });
});

test('a host without files says so', async () => {
  const host = await startSshHost();
  const connection = await connectTo(host);
  await expect(connection.files()).rejects.toMatchObject({ reason: 'NOT_SUPPORTED' });
  await connection.close();
  await host.stop();
});
