import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { lchown, readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { StartupFault } from '@opsconductor/process';

const run = promisify(execFile);
const PROBE_LIMIT_MS = 10_000;

/** Who PostgreSQL runs as. */
export interface Account {
  /** Starts a program as that user, in a session of its own: Ctrl-C in our terminal must not stop it before we do. */
  readonly launch: (program: string, args: readonly string[]) => ChildProcess;
  /** Gives a file or a whole directory to that user, if it is not theirs. */
  readonly own: (path: string) => Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/**
 * PostgreSQL refuses to run as root. So root runs it as the owner of the data directory, else as `postgres`, else as
 * `nobody`; everyone else runs it as themselves.
 * @param postgres the program that this user must be able to start
 * @param directory the data directory, which need not exist, but whose parent this user must be able to enter
 * @throws StartupFault when no user can be found that reaches both
 */
export async function chooseAccount(postgres: string, directory: string): Promise<Account> {
  if (process.getuid?.() !== 0) return { launch: launchWith([], {}), own: async () => {} };
  if (process.platform !== 'linux') {
    throw new StartupFault('PostgreSQL does not run as root. Start this program as an ordinary user.');
  }
  const user = await findUser(directory);
  const ids = { uid: user.uid, gid: user.gid };
  for (const prefix of [[], capable(user, 'dac_read_search'), capable(user, 'dac_override')]) {
    if (!(await reaches(prefix, ids, postgres, dirname(directory)))) continue;
    return { launch: launchWith(prefix, prefix.length > 0 ? {} : ids), own: (path) => give(path, user) };
  }
  throw new StartupFault(
    `PostgreSQL does not run as root, and the user ${user.name} it would run as cannot enter ${dirname(directory)} or ` +
      `start ${postgres}. Move the installation and its data out of private directories such as /root, or start this ` +
      `program as an ordinary user that owns both, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

/**
 * Runs a program as `user` who may still pass directories that only root may enter, such as a clone under /root.
 * `dac_read_search` does for closed directories; programs that only root may execute need `dac_override`.
 */
function capable(user: User, capability: string): string[] {
  const ids = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  // Without this bit the kernel answers access(2), by which PostgreSQL looks for itself, as if there were no capability.
  const honest = '--securebits=+no_setuid_fixup';
  return ['setpriv', ...ids, honest, `--inh-caps=+${capability}`, `--ambient-caps=+${capability}`, '--'];
}

/** Asks the system instead of reading modes: access lists, mount options and missing capabilities all count. */
async function reaches(prefix: string[], ids: object, postgres: string, parent: string): Promise<boolean> {
  const [program, ...args] = [...prefix, '/bin/sh', '-c', 'cd -- "$1" && exec "$2" --version', 'sh', parent, postgres];
  try {
    const options = { cwd: '/', timeout: PROBE_LIMIT_MS, env: environment(), ...(prefix.length > 0 ? {} : ids) };
    await run(program, args, options);
    return true;
  } catch {
    return false;
  }
}

function launchWith(prefix: readonly string[], ids: { uid?: number; gid?: number }): Account['launch'] {
  return (program, args) => {
    const [first, ...rest] = [...prefix, program, ...args];
    // The working directory may be one that the user cannot enter.
    return spawn(first as string, rest, { ...ids, cwd: '/', detached: true, env: environment() });
  };
}

/** No PG* or LD_* variable of ours may change what PostgreSQL does, and its messages are read in English. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function findUser(directory: string): Promise<User> {
  const users = parseUsers(await readFile('/etc/passwd', 'utf8'));
  const owner = await stat(directory).catch(() => undefined);
  if (owner && owner.uid !== 0) {
    const known = users.find(({ uid }) => uid === owner.uid);
    return known ?? { uid: owner.uid, gid: owner.gid, name: String(owner.uid) };
  }
  const user = users.find(({ name }) => name === 'postgres') ?? users.find(({ name }) => name === 'nobody');
  if (user) return user;
  throw new StartupFault(
    'PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody to run it as. Create one ' +
      'of them, or start this program as an ordinary user.',
  );
}

function parseUsers(passwd: string): User[] {
  return passwd.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && uid && gid ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** The directory itself comes last: being owned already means that everything in it is. */
async function give(path: string, { uid, gid }: User): Promise<void> {
  const top = await stat(path);
  if (top.uid === uid) return;
  const entries = top.isDirectory() ? await readdir(path, { withFileTypes: true, recursive: true }) : [];
  for (const entry of entries) await lchown(join(entry.parentPath, entry.name), uid, gid);
  await lchown(path, uid, gid);
}
