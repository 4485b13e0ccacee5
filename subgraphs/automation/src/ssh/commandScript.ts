import { Secret } from '@opsconductor/vault';
import { shellQuote } from './shellQuote.ts';

/** Longest command in bytes of UTF-8. */
export const COMMAND_LIMIT_BYTES = 131_072;
/** All variables together, names and values. */
export const ENVIRONMENT_LIMIT_BYTES = 131_072;

const MARK_VARIABLE = 'OPSC_TASK';

/**
 * Name and value of the variable that every process of a command carries, so that each can be found again. The colon
 * ends the value: no mark is the beginning of another.
 */
export function markOf(marker: string): [name: string, value: string] {
  return [MARK_VARIABLE, `${marker}:`];
}

export type Environment = Readonly<Record<string, string | Secret>>;

export type CommandRefusalReason =
  'NUL_CHARACTER' | 'COMMAND_TOO_LONG' | 'ENVIRONMENT_TOO_LONG' | 'INVALID_VARIABLE_NAME' | 'INVALID_MARKER';

/** The command cannot be sent as it is; nothing was. */
export class CommandRefused extends Error {
  readonly reason: CommandRefusalReason;

  constructor(reason: CommandRefusalReason, message: string) {
    super(message);
    this.name = 'CommandRefused';
    this.reason = reason;
  }
}

/** A shell on a target: the command line that starts it, and what it gets on its standard input. */
export interface RemoteScript {
  /** Words and one single-quoted string without quotes, backslashes and "!": every login shell takes it alike. */
  readonly line: string;
  readonly input: string;
}

/**
 * Runs a command as `/bin/sh -c` would, with an empty standard input. Neither the command nor a variable is ever an
 * argument of a process: those are short on Linux (128 KiB), and every user of the target can read them.
 *
 * The shell first prints {@link startLineOf} and its process id, which leads the group of all its children. Then it reads
 * exactly the input (no more may be on its way: BusyBox reads ahead), and runs it only if it ends as it should: when the
 * connection is cut, the beginning of a command is not run.
 *
 * @throws CommandRefused
 */
export function commandScript(command: string, environment: Environment, marker: string): RemoteScript {
  requireMarker(marker);
  requireText('The command', command, COMMAND_LIMIT_BYTES, 'COMMAND_TOO_LONG');
  const variables = Object.entries(environment).map(([name, value]) => assignment(name, value));
  requireText('The environment', variables.join(''), ENVIRONMENT_LIMIT_BYTES, 'ENVIRONMENT_TOO_LONG');
  const input = ['unset opsc', ...variables, `eval ${shellQuote(command)} </dev/null #end of input`].join('\n');
  const size = Buffer.byteLength(input);
  const shell = `echo ${startLineOf(marker)}$$; opsc=$(head -c ${size}); case $opsc in *"#end of input") eval "$opsc" ;; *) exit 254 ;; esac`;
  return { line: `exec env ${markOf(marker).join('=')} /bin/sh -c '${shell}'`, input };
}

/** What the line begins with that says that a command begins; a process id and a line feed follow. */
export function startLineOf(marker: string): string {
  return `opsc:${marker}:`;
}

/** @throws CommandRefused unless the marker is a plain word, which no shell changes */
export function requireMarker(marker: string): void {
  if (!/^[\w.-]{1,100}$/.test(marker))
    throw new CommandRefused('INVALID_MARKER', `"${marker}" is not a marker: 1 to 100 letters, digits, ".", "-", "_"`);
}

function assignment(name: string, value: string | Secret): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === MARK_VARIABLE)
    throw new CommandRefused('INVALID_VARIABLE_NAME', `"${name}" cannot be the name of an environment variable`);
  return `${name}=${shellQuote(value instanceof Secret ? value.reveal() : value)}; export ${name}`;
}

function requireText(what: string, text: string, limitBytes: number, tooLong: CommandRefusalReason): void {
  if (text.includes('\0'))
    throw new CommandRefused('NUL_CHARACTER', `${what} holds a NUL character, which no shell takes`);
  if (Buffer.byteLength(text) > limitBytes)
    throw new CommandRefused(tooLong, `${what} is longer than ${limitBytes / 1_024} KiB`);
}
