/** How a script gets its parameters: as variables of its own language where that has any, else as environment. */
import { Secret } from '@opsconductor/vault';
import { shellQuote } from './shellQuote.ts';
import { WorkRefused } from './work.ts';
import type { Variables } from './work.ts';

type Language = 'shell' | 'python' | 'powershell' | 'other';

const LANGUAGES: readonly (readonly [RegExp, Language])[] = [
  [/^(?:sh|bash|dash|ash|ksh|ksh93|mksh|zsh)$/, 'shell'],
  [/^python[\d.]*$/, 'python'],
  [/^(?:pwsh|powershell)(?:\.exe)?$/i, 'powershell'],
];

/** By the name of the program; `/usr/bin/env python3` is Python. */
export function languageOf(interpreter: readonly string[]): Language {
  const names = interpreter.slice(0, 2).map((word) => word.slice(word.lastIndexOf('/') + 1));
  const name = names[0] === 'env' || names[0] === 'busybox' ? names[1] : names[0];
  return LANGUAGES.find(([pattern]) => pattern.test(name ?? ''))?.[1] ?? 'other';
}

/** The script with its parameters before it, as one text for the interpreter. Errors count one line more. */
export function withParameters(language: Language, script: string, parameters: Variables): string {
  const assignments = Object.entries(parameters).map(([name, value]) => assignment(language, requireName(name), value));
  if (assignments.length === 0) return script;
  const prelude = assignments.join('; ');
  return language === 'python' ? withPythonPrelude(prelude, script) : `${prelude}\n${script}`;
}

function assignment(language: Language, name: string, value: string | Secret): string {
  const text = textOf(value);
  switch (language) {
    case 'shell':
      return `${name}=${shellQuote(text)}`;
    // Bytes need no quoting, whatever the file's encoding is taken for. PowerShell takes five characters for a quote.
    case 'python':
      return `${name} = __import__("base64").b64decode("${base64(text)}").decode()`;
    case 'powershell':
      return `$${name} = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('${base64(text)}'))`;
    case 'other':
      throw new Error('A language without variables of its own.');
  }
}

export function textOf(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}

/** Names that would change how a shell runs, or that it does not let go of. */
const SHELL_NAMES =
  /^(?:PATH|IFS|ENV|BASH\w*|SHELLOPTS|PS4|CDPATH|GLOBIGNORE|LD_\w+|EUID|UID|PPID|GROUPS|OPTIND|LINENO|HISTFILE|OPSC_\w*|opsc\w*)$/;

/** @throws WorkRefused */
function requireName(name: string): string {
  if (isVariableName(name) && !SHELL_NAMES.test(name)) return name;
  throw new WorkRefused('INVALID_VARIABLE_NAME', `"${name}" cannot be the name of a parameter.`);
}

export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Nothing may come before the lines that begin with `from __future__`. */
function withPythonPrelude(prelude: string, script: string): string {
  const futures: string[] = [];
  const rest = script.replace(/^from[ \t]+__future__[ \t]+import[ \t]+[\w, \t]+$/gm, (line) => {
    futures.push(line);
    return '';
  });
  return `${[...futures, prelude].join('; ')}\n${rest}`;
}
