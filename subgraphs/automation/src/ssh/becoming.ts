import type { Secret } from '@opsconductor/vault';
import { WorkRefused } from './work.ts';
import type { RunAs } from './work.ts';

/** How a shell of another account is started, and what that may ask. */
export interface Becoming {
  /**
   * @param mark an assignment for the environment
   * @param code for the shell, without single quotes
   */
  line(mark: string, code: string): string;
  /** What is written to standard error when a password is wanted. */
  readonly prompt: string;
  readonly password: Secret | undefined;
}

/** Starts a shell of the account that has signed in. */
export function shellLine(mark: string, code: string): string {
  return `exec ${shellWords(mark, code)}`;
}

function shellWords(mark: string, code: string): string {
  return `env ${mark} /bin/sh -c '${code}'`;
}

/**
 * The password is never an argument. It is written to standard input, once, when the prompt has come. sudo is told a prompt
 * that nothing else writes; su has only its own, which counts until the shell has begun, and no longer.
 *
 * @param marker makes the prompt of sudo unique
 * @throws WorkRefused
 */
export function becomingOf({ method, username, password }: RunAs, marker: string): Becoming {
  if (!/^[A-Za-z_][\w.-]{0,63}\$?$/.test(username))
    throw new WorkRefused('INVALID_USERNAME', `"${username}" is not the name of an account.`);
  if (password && /[\0\r\n]/.test(password.reveal()))
    throw new WorkRefused('INVALID_PASSWORD', 'The password of an account is one line, without NUL characters.');
  if (method === 'su')
    return {
      // LC_ALL is for the language of the prompt. The account's own shell may be none (nologin).
      line: (mark, code) => `exec env LC_ALL=C ${mark} su -s /bin/sh ${username} -c 'unset LC_ALL; ${code}'`,
      prompt: 'Password: ',
      password,
    };
  const prompt = `opsc:${marker}:password:`;
  const options = password ? `-S -p ${prompt}` : '-n';
  return {
    line: (mark, code) => `exec sudo ${options} -H -u ${username} -- ${shellWords(mark, code)}`,
    prompt,
    password,
  };
}
