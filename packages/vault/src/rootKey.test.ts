import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartupFault } from '@opsconductor/process';
import { createRootKey, openRootKey, parseRootKey } from './index.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'opsc-root-key-'));
  path = join(directory, 'root.key');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the first opening makes the file, for its owner alone; later ones read it', () => {
  const made = openRootKey(path);
  expect(statSync(path).mode & 0o777).toBe(0o400);
  expect(openRootKey(path).equals(made)).toBe(true);
  expect(readdirSync(directory)).toEqual(['root.key']);
});

test('processes that start at once get one key', async () => {
  const script = `
    import { openRootKey } from ${JSON.stringify(new URL('index.ts', import.meta.url).href)};
    console.log(openRootKey(${JSON.stringify(path)}).export().toString('base64'));`;
  const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const keys = await Promise.all(Array.from({ length: 4 }, run));
  expect(new Set(keys.map(({ stdout }) => stdout))).toEqual(new Set([readFileSync(path, 'utf8')]));
  expect(readdirSync(directory)).toEqual(['root.key']);
});

test.each([0o440, 0o404, 0o420, 0o777])('mode %o is refused with the command that closes it', (mode) => {
  openRootKey(path);
  chmodSync(path, mode);
  expect(() => openRootKey(path)).toThrow(
    new StartupFault(
      `The root key of the vault is open to other users of this machine. Close it first: chmod 400 ${path}`,
    ),
  );
});

test.each(['', 'c2hvcnQ=', 'not base64 at all', `${'A'.repeat(42)}B=`])(
  'a file that holds %j is not replaced',
  (content) => {
    writeFileSync(path, content, { mode: 0o600 });
    expect(() => openRootKey(path)).toThrow(StartupFault);
    expect(readFileSync(path, 'utf8')).toBe(content);
  },
);

test('a directory that is not there is made for its owner alone', () => {
  openRootKey(join(directory, 'data', 'root.key'));
  expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700);
});

test('a path that cannot be written is a sentence, not a stack', () => {
  openRootKey(path);
  expect(() => openRootKey(join(path, 'root.key'))).toThrow(StartupFault);
});

test('a root key is written as the base64 of 32 bytes, white space around it does not count', () => {
  const key = createRootKey();
  expect(parseRootKey(` ${key.export().toString('base64')}\n`)?.equals(key)).toBe(true);
  expect(parseRootKey(key.export().toString('hex'))).toBeUndefined();
});
