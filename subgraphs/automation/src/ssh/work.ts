import type { Secret } from '@opsconductor/vault';

/** Names are of letters, digits and `_`. */
export type Variables = Readonly<Record<string, string | Secret>>;

/** What is to be run on a target. Anything in it that cannot arrive byte for byte is refused before anything is sent. */
export interface Work {
  /** A command line is a script, too. */
  readonly script: string;
  /**
   * The program that runs the script, and its options: `['bash', '-e']`, `['/usr/bin/python3']`. It gets a file with the
   * script as its next argument. Default: `/bin/sh`, which needs no file.
   */
  readonly interpreter?: readonly string[];
  /** Arguments of the script. Every user of the target can read them while it runs. */
  readonly arguments?: readonly string[];
  /**
   * Variables of the script, of any length up to the limits. Not seen by the programs it runs, where its language has
   * variables of its own (shells, Python, PowerShell); elsewhere they are part of the environment.
   */
  readonly parameters?: Variables;
  /** Environment of the script and of all that it runs. */
  readonly environment?: Variables;
  /** An absolute path. Default: where the account begins. */
  readonly workingDirectory?: string;
  /** Default: the account that has signed in. */
  readonly runAs?: RunAs;
}

/** Another account of the target. */
export interface RunAs {
  readonly method: 'sudo' | 'su';
  readonly username: string;
  /** sudo: of the account that has signed in; su: of the other one. Without it none may be asked for. */
  readonly password?: Secret;
}

export const SCRIPT_LIMIT_BYTES = 1_048_576;
/** All parameters together, names and values, as they are written in the language of the script. */
export const PARAMETERS_LIMIT_BYTES = 4 * 1_048_576;
/** All variables together. A single one longer than that is what no Linux gives to a program. */
export const ENVIRONMENT_LIMIT_BYTES = 131_072;

export type WorkRefusalReason =
  | 'NUL_CHARACTER'
  /** Half of a surrogate pair: it has no bytes. */
  | 'MALFORMED_TEXT'
  | 'SCRIPT_TOO_LONG'
  | 'PARAMETERS_TOO_LONG'
  | 'ENVIRONMENT_TOO_LONG'
  | 'INVALID_VARIABLE_NAME'
  | 'INVALID_MARKER'
  | 'INVALID_INTERPRETER'
  | 'INVALID_WORKING_DIRECTORY'
  | 'INVALID_USERNAME'
  | 'INVALID_PASSWORD';

/** The work cannot be sent as it is; nothing was. */
export class WorkRefused extends Error {
  readonly reason: WorkRefusalReason;

  constructor(reason: WorkRefusalReason, message: string) {
    super(message);
    this.name = 'WorkRefused';
    this.reason = reason;
  }
}

export function asWork(work: string | Work): Work {
  return typeof work === 'string' ? { script: work } : work;
}

/** @throws WorkRefused */
export function requireText(what: string, text: string, limitBytes: number, tooLong: WorkRefusalReason): void {
  if (text.includes('\0'))
    throw new WorkRefused('NUL_CHARACTER', `${what} holds a NUL character, which no shell takes.`);
  if (!text.isWellFormed())
    throw new WorkRefused('MALFORMED_TEXT', `${what} holds half of a surrogate pair, which is no text.`);
  if (Buffer.byteLength(text) > limitBytes)
    throw new WorkRefused(tooLong, `${what} is longer than ${limitBytes / 1_024} KiB.`);
}
