import { becomingOf, shellLine } from './becoming.ts';
import type { Becoming } from './becoming.ts';
import { isVariableName, languageOf, textOf, withParameters } from './interpreters.ts';
import { shellQuote } from './shellQuote.ts';
import {
  ENVIRONMENT_LIMIT_BYTES,
  PARAMETERS_LIMIT_BYTES,
  SCRIPT_LIMIT_BYTES,
  WorkRefused,
  requireText,
} from './work.ts';
import type { Variables, Work } from './work.ts';
import { Secret } from '@opsconductor/vault';

const MARK_VARIABLE = 'OPSC_TASK';

/**
 * Name and value of the variable that every process of a command carries, so that each can be found again. The colon
 * ends the value: no mark is the beginning of another.
 */
export function markOf(marker: string): [name: string, value: string] {
  return [MARK_VARIABLE, `${marker}:`];
}

/** A shell on a target: the command line that starts it, and what it gets on its standard input. */
export interface RemoteScript {
  /** Words and one single-quoted string without quotes, backslashes and "!": every login shell takes it alike. */
  readonly line: string;
  readonly input: string;
  /** Another account runs it: the input waits for the start of the shell, and a password may be asked for before. */
  readonly becoming?: Becoming | undefined;
}

/**
 * Runs a script as `/bin/sh -c` would, with an empty standard input, or by another interpreter from a file of its own.
 * Neither the script nor a variable is ever an argument of a process: those are short on Linux (128 KiB), and every user of
 * the target can read them.
 *
 * The shell first prints {@link startLineOf} and its process id, which leads the group of all its children. Then it reads
 * exactly the input (no more may be on its way: BusyBox reads ahead), and runs it only if it ends as it should: when the
 * connection is cut, the beginning of a command is not run.
 *
 * @throws WorkRefused
 */
export function commandScript(work: Work, marker: string): RemoteScript {
  requireMarker(marker);
  const input = ['unset opsc', ...surroundingsOf(work), ...startOf(work, marker), '#end of input'].join('\n');
  const size = Buffer.byteLength(input);
  const code = `echo ${startLineOf(marker)}$$; opsc=$(head -c ${size}); case $opsc in *"#end of input") eval "$opsc" ;; *) exit 254 ;; esac`;
  const becoming = work.runAs && becomingOf(work.runAs, marker);
  return { line: (becoming?.line ?? shellLine)(markOf(marker).join('='), code), input, becoming };
}

/** What the line begins with that says that a command begins; a process id and a line feed follow. */
export function startLineOf(marker: string): string {
  return `opsc:${marker}:`;
}

/** Where scripts of other interpreters are, up to what makes each unique; removed when the command is stopped. */
export function scriptFileOf(marker: string): string {
  return `/tmp/opsc.${marker}.`;
}

/** @throws WorkRefused unless the marker is a plain word, which no shell changes */
export function requireMarker(marker: string): void {
  if (!/^[\w.-]{1,100}$/.test(marker))
    throw new WorkRefused('INVALID_MARKER', `"${marker}" is not a marker: 1 to 100 letters, digits, ".", "-", "_".`);
}

/** Environment and working directory. */
function surroundingsOf({ environment = {}, workingDirectory }: Work): string[] {
  const lines = Object.entries(environment).map(([name, value]) => exported(name, value));
  requireText('The environment', lines.join(''), ENVIRONMENT_LIMIT_BYTES, 'ENVIRONMENT_TOO_LONG');
  if (workingDirectory === undefined) return lines;
  requireText('The working directory', workingDirectory, 4_096, 'INVALID_WORKING_DIRECTORY');
  if (!workingDirectory.startsWith('/'))
    throw new WorkRefused('INVALID_WORKING_DIRECTORY', `"${workingDirectory}" is not an absolute path.`);
  return [...lines, `cd -- ${shellQuote(workingDirectory)} || exit`];
}

/** Lines that run the script as the last thing. */
function startOf({ script, interpreter, arguments: words = [], parameters = {} }: Work, marker: string): string[] {
  requireText('The script', script, SCRIPT_LIMIT_BYTES, 'SCRIPT_TOO_LONG');
  for (const word of words) requireText('An argument', word, ENVIRONMENT_LIMIT_BYTES, 'SCRIPT_TOO_LONG');
  const entries = Object.entries(parameters);
  requireText('The parameters', entries.flat().map(textOf).join(''), PARAMETERS_LIMIT_BYTES, 'PARAMETERS_TOO_LONG');
  const language = languageOf(interpreter ?? ['sh']);
  const isByEnvironment = language === 'other';
  const variables = isByEnvironment ? entries.map(([name, value]) => exported(name, value)) : [];
  requireText('The parameters', variables.join(''), ENVIRONMENT_LIMIT_BYTES, 'PARAMETERS_TOO_LONG');
  const text = isByEnvironment ? script : withParameters(language, script, parameters);
  if (!interpreter) return [`set -- ${words.map(shellQuote).join(' ')}`, `eval ${shellQuote(text)} </dev/null`];
  return [...variables, ...fileStart(requireProgram(interpreter), text, words, marker)];
}

/** The file goes when the interpreter has ended, also when both are told to; what is killed leaves it to `stopScript`. */
function fileStart(program: readonly string[], text: string, words: readonly string[], marker: string): string[] {
  const command = [...program.map(shellQuote), '"$opsc_file"', ...words.map(shellQuote)].join(' ');
  return [
    `opsc_file=$(umask 077; mktemp ${scriptFileOf(marker)}XXXXXXXX${extensionOf(program)}) || exit`,
    `trap 'rm -f -- "$opsc_file"' EXIT`,
    `trap 'exit 143' TERM; trap 'exit 130' INT; trap 'exit 129' HUP`,
    `printf %s ${shellQuote(text)} >"$opsc_file" || exit`,
    `${command} </dev/null`,
    'exit',
  ];
}

/** PowerShell runs no file of another name. The mktemp of BusyBox takes no extension, but has no PowerShell either. */
function extensionOf(program: readonly string[]): string {
  return languageOf(program) === 'powershell' ? '.ps1' : '';
}

function requireProgram(interpreter: readonly string[]): readonly string[] {
  const isWord = (word: string) => word !== '' && word.length <= 1_024 && !word.includes('\0') && word.isWellFormed();
  if (interpreter.length > 0 && interpreter.length <= 20 && interpreter.every(isWord)) return interpreter;
  throw new WorkRefused('INVALID_INTERPRETER', 'The interpreter is 1 to 20 words, the first of which is a program.');
}

function exported(name: string, value: string | Secret): string {
  if (!isVariableName(name) || name === MARK_VARIABLE)
    throw new WorkRefused('INVALID_VARIABLE_NAME', `"${name}" cannot be the name of an environment variable.`);
  return `${name}=${shellQuote(textOf(value))}; export ${name}`;
}

/** What must not be seen in the output because the work holds it. */
export function secretsOf({ parameters = {}, environment = {}, runAs }: Work): Secret[] {
  const values: Variables[string][] = [...Object.values(parameters), ...Object.values(environment)];
  if (runAs?.password) values.push(runAs.password);
  return values.filter((value) => value instanceof Secret);
}
