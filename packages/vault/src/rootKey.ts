import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { StartupFault } from '@opsconductor/process';

const ROOT_KEY_BYTES = 32;
const OWNER_MAY_READ = 0o400;
const OTHERS = 0o077;

/** 32 random bytes. A KeyObject shows nothing of itself to String, JSON and inspect. */
export type RootKey = KeyObject;

export function createRootKey(): RootKey {
  return createSecretKey(randomBytes(ROOT_KEY_BYTES));
}

/** @returns undefined when the text is not the base64 of 32 bytes */
export function parseRootKey(base64: string): RootKey | undefined {
  const bytes = Buffer.from(base64.trim(), 'base64');
  return bytes.length === ROOT_KEY_BYTES && bytes.toString('base64') === base64.trim()
    ? createSecretKey(bytes)
    : undefined;
}

/**
 * Reads the root key from a file of mode 0400, which is made when there is none, and its directory with it. Processes
 * that make it at the same time all get the same key, and one that dies meanwhile leaves no half file.
 * @throws {StartupFault} others may read the file, it holds no root key, or it cannot be read or made
 */
export function openRootKey(path: string): RootKey {
  try {
    const existing = findRootKey(path);
    if (existing) return existing;
    writeRootKey(path);
    return readRootKey(path);
  } catch (error) {
    if (error instanceof StartupFault) throw error;
    throw new StartupFault(`The root key of the vault cannot be read or made: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

function findRootKey(path: string): RootKey | undefined {
  try {
    return readRootKey(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function readRootKey(path: string): RootKey {
  const file = openSync(path, 'r');
  try {
    const { mode } = fstatSync(file);
    if ((mode & OTHERS) !== 0)
      throw new StartupFault(
        `The root key of the vault is open to other users of this machine. Close it first: chmod 400 ${path}`,
      );
    const key = parseRootKey(readFileSync(file, 'utf8'));
    if (!key)
      throw new StartupFault(
        `The file ${path} does not hold a root key (the base64 of 32 bytes). Put the right file back: ` +
          'without its root key, no stored secret can be opened.',
      );
    return key;
  } finally {
    closeSync(file);
  }
}

/** Makes the file unless it is there: written aside, then linked, which fails when another process was first. */
function writeRootKey(path: string): void {
  const draft = `${path}.${randomUUID()}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const file = openSync(draft, 'wx', OWNER_MAY_READ);
    try {
      writeSync(file, `${createRootKey().export().toString('base64')}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(draft, path);
    syncDirectory(dirname(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A new name is on the disk only when its directory is. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
