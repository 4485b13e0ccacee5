import { spawnSync } from 'node:child_process';

/** An account without rights, by its usual number. */
export const NOBODY = { uid: 65534, gid: 65534 };

/** Whether programs of this checkout can be run as that account: by root, and where everyone may enter the folder. */
export const canRunAsNobody =
  process.getuid?.() === 0 && spawnSync(process.execPath, ['--eval', '0'], { ...NOBODY, cwd: '/' }).status === 0;
