/** Every step of the library for Linux, on a host with a private /etc (or, without root, the library's form only). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canHaveAccounts, startOpenSshHost, startRedis } from '@opsconductor/testkit';
import type { OpenSshHost } from '@opsconductor/testkit';
import type { SshConnection } from '../ssh/connection.ts';
import { connectTo, run } from '../ssh/testHosts.ts';
import { readOutputs } from '../workflows/outputs/readOutputs.ts';
import type { LibraryDefinition } from './definition.ts';
import { readFolder } from './libraryFiles.ts';
import { folderOf } from './productLibraries.ts';
import { readLibrary } from './readLibrary.ts';
import { stepWork } from './stepWork.ts';

let library: LibraryDefinition;
beforeAll(async () => {
  library = readLibrary(await readFolder(folderOf('linux')));
});

test('has at least 60 steps, each readable by every POSIX shell', () => {
  expect(library.steps.length).toBeGreaterThanOrEqual(60);
  for (const shell of [['/bin/dash'], ['/bin/bash', '--posix'], ['/bin/busybox', 'sh']])
    for (const { name, script } of existsSync(shell[0] ?? '') ? library.steps : []) {
      const [program = '', ...options] = shell;
      const { stderr, status } = spawnSync(program, [...options, '-n'], { input: script, encoding: 'utf8' });
      expect({ name, shell, stderr, status }).toMatchObject({ status: 0, stderr: '' });
    }
});

(canHaveAccounts ? describe : describe.skip)('a step of the library for Linux', () => {
  let host: OpenSshHost;
  let connection: SshConnection;
  let folder: string;
  const used = new Set<string>();
  beforeAll(async () => {
    host = await startOpenSshHost({ accounts: [{ username: 'worker', password: 'worker-password' }] });
    connection = await connectTo(host);
    folder = await mkdtemp(join(tmpdir(), 'steps-'));
    await chmod(folder, 0o755);
  });
  afterAll(async () => {
    await connection.close();
    await host.stop();
    await rm(folder, { recursive: true });
  });

  async function step(name: string, values: Record<string, unknown> = {}, isCheck = false) {
    used.add(name);
    const definition = library.steps.find((each) => each.name === name);
    if (!definition) throw new Error(`There is no step ${name}`);
    const { stdout, stderr, result } = await run(connection, stepWork(definition, values, isCheck));
    const exitCode = result.kind === 'exited' ? result.exitCode : null;
    const declared = definition.outputs.map((output) => ({
      name: output.name,
      type: output.type,
      from: { parse: 'keyValue' as const, key: output.name },
    }));
    const { values: outputs, faults } = readOutputs(declared, { stdout, exitCode });
    if (exitCode === 0) expect({ name, faults, stdout, stderr }).toMatchObject({ faults: [] });
    return { exitCode, outputs, stderr, stdout };
  }

  /** In check mode nothing happens; then something does; then nothing more is to be done. */
  async function converges(name: string, values: Record<string, unknown>): Promise<void> {
    expect(await step(name, values, true)).toMatchObject({ exitCode: 0, outputs: { changed: true } });
    expect(await step(name, values)).toMatchObject({ exitCode: 0, outputs: { changed: true } });
    expect(await step(name, values)).toMatchObject({ exitCode: 0, outputs: { changed: false } });
  }

  const fails = async (name: string, values: Record<string, unknown>, message: string | RegExp) => {
    const { exitCode, stderr } = await step(name, values);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringMatching(message) });
  };

  test('writes and reads files', async () => {
    const path = join(folder, "it's a file");
    const content = `line 'one' "$HOME" \\n\n\n\tü *\n`;
    await converges('file-write', { path, content, mode: '0640', owner: 'worker:worker' });
    expect(await readFile(path, 'utf8')).toBe(content);
    expect((await step('file-info', { path })).outputs).toMatchObject({
      exists: true,
      kind: 'regular file',
      owner: 'worker',
      group: 'worker',
      mode: '640',
      size: Buffer.byteLength(content),
    });
    await step('file-write', { path, content: 'new', backup: true });
    expect([await readFile(path, 'utf8'), await readFile(`${path}.bak`, 'utf8')]).toEqual(['new', content]);
    expect((await step('file-info', { path })).outputs).toMatchObject({ owner: 'worker', mode: '640' });
    expect((await step('file-info', { path: join(folder, 'none') })).outputs).toMatchObject({ exists: false });
    await fails('file-write', { path: folder, content: '' }, 'is a folder');
    await fails('file-write', { path: join(folder, 'none/file'), content: '' }, 'failed');
  });

  test('edits files', async () => {
    const path = join(folder, 'config');
    await writeFile(path, 'a=1\nport = 80\nport = 81\nz');
    await converges('file-line', { path, line: 'port = 8&0\\', startsWith: 'port =' });
    expect(await readFile(path, 'utf8')).toBe('a=1\nport = 80\nport = 8&0\\\nz\n');
    await converges('file-line', { path, line: 'port = 8&0\\', present: false });
    await converges('file-line', { path, line: 'new' });
    const replaced = await step('file-replace', { path, search: '= 8', replacement: '= $9&' });
    expect(replaced.outputs).toEqual({ count: 1, changed: true });
    expect(await readFile(path, 'utf8')).toBe('a=1\nport = $9&0\nz\nnew\n');
    await converges('file-copy', { source: path, path: join(folder, 'copy') });
    await converges('symlink-ensure', { path: join(folder, 'link'), destination: path });
    await converges('symlink-ensure', { path: join(folder, 'link'), destination: '/elsewhere' });
    await fails('symlink-ensure', { path, destination: '/x' }, 'is no symbolic link');
    const { outputs } = await step('file-checksum', { path });
    expect(await step('file-checksum', { path, expected: outputs['sha256'] })).toMatchObject({ exitCode: 0 });
    await fails('file-checksum', { path, expected: '0'.repeat(64) }, 'has the SHA-256');
  });

  test('makes, finds, packs and removes folders', async () => {
    const path = join(folder, 'made/of many/parts');
    await converges('folder-ensure', { path, mode: '750', owner: 'worker' });
    await writeFile(join(path, 'big "one".log'), 'x'.repeat(50_000));
    await writeFile(join(path, 'small.log'), 'x');
    const found = await step('files-find', { folder, name: '*.log', largerThanKilobytes: 10 });
    expect(found.outputs).toEqual({ files: [join(path, 'big "one".log')], count: 1 });
    expect((await step('disk-largest', { folder })).outputs['folders']).toContain(join(folder, 'made'));
    const archive = join(folder, 'made.tgz');
    expect(await step('archive-create', { folder: join(folder, 'made'), path: archive })).toMatchObject({
      exitCode: 0,
    });
    await fails('archive-create', { folder, path: archive }, 'in the folder itself');
    const out = join(folder, 'unpacked');
    await converges('archive-extract', { path: archive, folder: out, creates: join(out, 'of many') });
    expect((await readFile(join(out, 'of many/parts/small.log'), 'utf8')).length).toBe(1);
    spawnSync('tar', ['-czPf', join(folder, 'evil.tgz'), '--transform', 's,.*,../../evil,', join(path, 'small.log')]);
    await fails('archive-extract', { path: join(folder, 'evil.tgz'), folder: out }, 'lead out of the folder');
    await fails('file-remove', { path: out }, 'is a folder');
    await converges('file-remove', { path: out, recursive: true });
    for (const root of ['/', '//', '/etc', '/usr/', '/etc/../usr', '/./', '/home//'])
      await fails('file-remove', { path: root, recursive: true }, /is not removed|is not a plain path/);
  });

  test('keeps users, groups and keys', async () => {
    await converges('group-ensure', { group: 'ops' });
    await converges('user-ensure', { user: 'deploy', shell: '/bin/bash', groups: ['ops'], system: true });
    await converges('user-ensure', { user: 'deploy', shell: '/bin/sh' });
    expect(await step('user-ensure', { user: 'deploy', groups: ['none'] })).toMatchObject({ exitCode: 1 });
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdlb2x5bXBpY2tleQ0123456789 who';
    await converges('authorized-key-ensure', { user: 'worker', key });
    await converges('authorized-key-ensure', { user: 'worker', key, present: false });
    await converges('user-remove', { user: 'deploy', removeHome: true });
    await fails('user-remove', { user: 'root' }, 'root is not removed');
    expect(spawnSync('id', ['worker']).status).toBe(1);
  });

  test('reads packages', async () => {
    expect((await step('package-version', { package: 'bash' })).outputs).toMatchObject({
      installed: true,
      version: expect.stringMatching(/^\d/),
    });
    expect((await step('package-version', { package: 'no-such-package' })).outputs).toMatchObject({ installed: false });
    expect((await step('package-install', { packages: ['bash', 'tar'] })).outputs).toEqual({
      packages: [],
      changed: false,
    });
    expect((await step('package-install', { packages: ['no-such-package'] }, true)).outputs).toMatchObject({
      changed: true,
    });
    await fails('package-install', { packages: ['no-such-package'] }, 'failed');
    expect((await step('package-remove', { packages: ['no-such-package'] })).outputs).toMatchObject({ changed: false });
    expect((await step('package-remove', { packages: ['tar'] }, true)).outputs).toEqual({
      packages: ['tar'],
      changed: true,
    });
    expect(await step('package-index-update', {}, true)).toMatchObject({ exitCode: 0 });
    expect(await step('package-upgrades-list')).toMatchObject({ exitCode: 0, outputs: { count: expect.any(Number) } });
    await expect(step('package-version', { package: '--help' })).rejects.toThrow('/package must match');
  }, 60_000);

  test('watches disks, memory, load and processes', async () => {
    expect((await step('disk-usage')).outputs).toMatchObject({ mountPoint: expect.stringMatching('^/') });
    await fails('disk-usage', { maxUsedPercent: 0 }, '% full');
    expect(await step('disk-inodes')).toMatchObject({ exitCode: 0 });
    expect((await step('memory-usage')).outputs['availablePercent']).toBeGreaterThan(0);
    await fails('memory-usage', { minAvailablePercent: 100 }, 'is available');
    expect(await step('load-average')).toMatchObject({ exitCode: 0 });
    await fails('load-average', { maxPerProcessor: 0.000001 }, 'is above');
    expect((await step('process-list', { limit: 3 })).outputs).toMatchObject({ count: 3 });
    await run(
      connection,
      'cp "$(command -v sleep)" "$folder/opsctestsleep"; "$folder/opsctestsleep" 60 >/dev/null 2>&1 &'.replaceAll(
        '$folder',
        folder,
      ),
    );
    const name = 'opsctestsleep';
    expect((await step('process-wait', { name })).outputs).toEqual({ waitedSeconds: expect.any(Number) });
    expect((await step('process-stop', { name }, true)).outputs).toEqual({ count: 1, changed: true });
    expect((await step('process-stop', { name })).outputs).toEqual({ count: 1, changed: true });
    expect((await step('process-stop', { name })).outputs).toEqual({ count: 0, changed: false });
    expect(await step('process-wait', { name, running: false, timeoutSeconds: 5 })).toMatchObject({ exitCode: 0 });
    await fails('process-wait', { name, timeoutSeconds: 0 }, 'not in that state');
  }, 60_000);

  test('asks the network', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/missing' ? 404 : 200;
      response.end('hello from the server');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    expect(await step('port-check', { port })).toMatchObject({ exitCode: 0, outputs: { open: true } });
    expect((await step('ports-listening', { expected: [port] })).outputs['ports']).toContain(port);
    await fails('ports-listening', { expected: [1] }, 'Nothing listens on port 1');
    expect((await step('http-check', { url, contains: 'from the' })).outputs).toMatchObject({ status: 200 });
    await fails('http-check', { url: `${url}/missing` }, 'status 404');
    await fails('http-check', { url, contains: 'good bye' }, 'does not contain');
    const path = join(folder, 'fetched');
    const { outputs } = await step('http-download', { url, path });
    await rm(path);
    await converges('http-download', { url, path, sha256: outputs['sha256'] });
    await fails('http-download', { url, path: `${path}2`, sha256: '0'.repeat(64) }, 'another checksum');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await fails('port-check', { port }, 'Nothing answers');
    expect((await step('dns-resolve', { host: 'localhost' })).exitCode).toBe(0);
    await fails('dns-resolve', { host: 'localhost', expected: '192.0.2.1' }, 'is not 192.0.2.1');
    await fails('dns-resolve', { host: 'no-such-host.invalid' }, 'has no address');
  }, 60_000);

  test('reads certificates', async () => {
    const path = join(folder, 'certificate.pem');
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '30',
      '-subj',
      '/CN=test',
      '-keyout',
      '/dev/null',
      '-out',
      path,
    ]);
    expect((await step('certificate-expiry', { path, minDays: 7 })).outputs).toMatchObject({
      days: expect.any(Number),
    });
    await fails('certificate-expiry', { path, minDays: 60 }, 'ends in');
    await fails('certificate-expiry', { path: '/etc/hostname' }, 'no certificate');
  });

  test('keeps cron jobs', async () => {
    const job = { name: 'backup', schedule: '*/5 2 * * 1-5', user: 'worker', command: 'echo "it\'s" $HOME' };
    await run(connection, 'mkdir -p /etc/cron.d');
    await converges('cron-ensure', job);
    expect((await step('cron-list')).outputs['jobs']).toContain(`*/5 2 * * 1-5 worker echo "it's" $HOME`);
    await converges('cron-ensure', { ...job, present: false });
  });

  test('checks out repositories', async () => {
    const [repository, copy] = [join(folder, 'origin'), join(folder, 'working copy')];
    const git = (...words: string[]) =>
      spawnSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...words]);
    spawnSync('git', ['init', '-q', '-b', 'main', repository]);
    git('commit', '-q', '--allow-empty', '-m', 'one');
    await converges('git-checkout', { repository, folder: copy });
    git('commit', '-q', '--allow-empty', '-m', 'two');
    const second = await step('git-checkout', { repository, folder: copy });
    expect(second.outputs['changed']).toBe(true);
    expect((await step('git-revision', { folder: copy })).outputs).toEqual({
      commit: second.outputs['commit'],
      branch: '',
      clean: true,
    });
    await writeFile(join(copy, 'local'), '');
    await fails('git-checkout', { repository, folder: copy }, 'local changes');
    await rm(join(copy, 'local'));
    await fails('git-checkout', { repository, folder: copy, revision: 'none' }, 'has no none');
    await fails('git-checkout', { repository: '--upload-pack=id', folder: copy }, 'no repository');
  });

  test('queries databases', async () => {
    const path = join(folder, 'data.db');
    spawnSync('sqlite3', [path, 'create table t (a); insert into t values (7), (8)']);
    expect((await step('sqlite-query', { path, query: 'select a from t order by a desc' })).outputs).toEqual({
      value: '8',
      rows: 2,
    });
    await fails('sqlite-query', { path, query: 'select nothing' }, 'failed');
    const redis = await startRedis();
    const port = Number(new URL(redis.url).port);
    expect((await step('redis-check', { port })).outputs).toMatchObject({ version: expect.stringMatching(/^\d/) });
    await redis.stop();
    await fails('redis-check', { port }, 'does not answer');
    await fails('postgresql-query', { user: 'u', database: 'd', query: 'select 1', port: 1 }, 'failed');
    await fails('mysql-query', { user: 'u', database: 'd', query: 'select 1', port: 1 }, /failed|is not installed/);
  }, 60_000);

  test('analyses logs', async () => {
    const path = join(folder, 'app.log');
    await writeFile(path, ['ok 1', 'error 12 in x', 'error 13 in x', 'ok 2', 'ok 3', '-v'].join('\n') + '\n');
    const search = await step('log-search', { path, pattern: 'error [0-9]+' });
    expect([search.outputs, search.stdout]).toEqual([{ count: 2 }, 'error 12 in x\nerror 13 in x\ncount=2\n']);
    expect((await step('log-search', { path, pattern: '-v' })).outputs).toEqual({ count: 1 });
    await fails('log-search', { path, pattern: 'error', maxCount: 1 }, '2 lines match');
    await fails('log-search', { path, pattern: '(' }, 'no regular expression');
    expect((await step('log-tail', { path, lines: 1 })).stdout).toMatch(/^-v\n/);
    expect((await step('log-top-messages', { path, limit: 2 })).outputs['messages']).toEqual(['ok N', 'error N in x']);
  });

  test('reads facts', async () => {
    expect((await step('host-facts')).outputs).toMatchObject({
      os: expect.any(String),
      processors: expect.any(Number),
    });
    expect((await step('reboot-required')).outputs).toEqual({ required: expect.any(Boolean) });
    const now = Math.floor(Date.now() / 1_000);
    expect(await step('time-sync-check', { epochSeconds: now, maxSeconds: 60 })).toMatchObject({ exitCode: 0 });
    await fails('time-sync-check', { epochSeconds: now - 100 }, 'differs by');
    expect((await step('sysctl-set', { name: 'kernel.ostype', value: 'Other' }, true)).outputs).toEqual({
      changed: true,
    });
    await fails('sysctl-set', { name: 'no.such', value: '1' }, 'has no parameter');
  });

  /** What this machine may not have: the step works, or says in a sentence what is missing. */
  test.each<[string, Record<string, unknown>]>([
    ['service-status', { unit: 'cron.service' }],
    ['service-start', { unit: 'no-such.service' }],
    ['service-stop', { unit: 'no-such.service' }],
    ['service-restart', { unit: 'no-such.service' }],
    ['service-enable', { unit: 'no-such.service' }],
    ['systemd-failed-units', {}],
    ['systemd-unit-install', { unit: '../evil', content: 'x' }],
    ['journal-read', { lines: 1 }],
    ['docker-containers', {}],
    ['docker-container-restart', { container: 'no-such-container' }],
    ['docker-image-pull', { image: 'no-such-image.invalid/x' }],
  ])('%s works, or says what is missing', async (name, values) => {
    const definition = library.steps.find((each) => each.name === name);
    if (name === 'systemd-unit-install') {
      used.add(name);
      if (definition) expect(() => stepWork(definition, values)).toThrow('unit');
      return;
    }
    const { exitCode, stderr } = await step(name, values);
    if (exitCode !== 0)
      expect(stderr).toMatch(
        /is not installed|does not run|There is no unit|There is no container|cannot be (?:read|pulled)/,
      );
  });

  test('every step was run', () => {
    expect(library.steps.map(({ name }) => name).filter((name) => !used.has(name))).toEqual([]);
  });
});
