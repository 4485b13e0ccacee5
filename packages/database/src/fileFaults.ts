import { StartupFault } from '@opsconductor/process';

/** The sentence for a failed file operation on `path`, whose purpose is `doing` (such as `create the data directory`). */
export function faultOfFile(error: unknown, path: string, doing: string): StartupFault {
  return new StartupFault(`Cannot ${doing} ${path}: ${remedyOf(error)}`, { cause: error });
}

function remedyOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return `${accountName()} has no permission there. Give it write permission, or choose another directory.`;
    case 'EROFS':
      return 'the file system is read-only. Choose a directory on a writable one.';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full. Free some space, or choose a directory on another disk.';
    case 'EBUSY':
    case 'EXDEV':
      return 'it is a mount point itself. Use a directory inside the mount.';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'there is a file where a directory is needed. Move it away, or choose another directory.';
    default:
      return `${message}.`;
  }
}

function accountName(): string {
  return `the user that runs this process (uid ${process.getuid?.() ?? 'unknown'})`;
}
