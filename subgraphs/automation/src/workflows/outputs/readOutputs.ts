import { RE2JS } from 're2js';
import type { OutputDeclaration, OutputSource, ValueType } from '../definition.ts';
import { findInJson } from './jsonPath.ts';

/** Most output, in UTF-16 units, that values are read from. */
export const OUTPUT_LENGTH = 1024 * 1024;

/** What a node's program left behind. */
export interface ProgramEnd {
  readonly stdout: string;
  /** Null when it gave none: a signal ended it. */
  readonly exitCode: number | null;
}

/** An output that could not be read. The message holds nothing of the program's output, which may be secret. */
export interface OutputFault {
  readonly output: string;
  readonly message: string;
}

export interface ReadOutputs {
  /** JSON values by the output's name; those with a fault are not among them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly faults: readonly OutputFault[];
}

/** Reads the declared outputs of a node, each of its declared type. Never throws for what the program wrote. */
export function readOutputs(declarations: readonly OutputDeclaration[], end: ProgramEnd): ReadOutputs {
  const values: Record<string, unknown> = {};
  const faults: OutputFault[] = [];
  const parseOnce = parseJsonOnce(end.stdout);
  for (const { name, type, from } of declarations) {
    const read = end.stdout.length > OUTPUT_LENGTH ? tooLong : readSource(from, type, end, parseOnce);
    if ('value' in read) values[name] = read.value;
    else faults.push({ output: name, message: read.fault });
  }
  return { values, faults };
}

type Read = { readonly value: unknown } | { readonly fault: string };

const tooLong: Read = { fault: `Outputs are read from at most ${OUTPUT_LENGTH} characters of output.` };

function readSource(
  from: OutputSource,
  type: ValueType,
  { stdout, exitCode }: ProgramEnd,
  parseOnce: () => Read,
): Read {
  switch (from.parse) {
    case 'exitCode':
      return exitCode === null ? { fault: 'The program gave no exit code.' } : asType(exitCode, type);
    case 'stdout':
      return type === 'list' ? { value: linesOf(stdout) } : convert(withoutLastBreak(stdout), type);
    case 'keyValue':
      return readKey(stdout, from.key, type);
    case 'regex':
      return readMatch(stdout, from.pattern, from.group, type);
    case 'json': {
      const parsed = parseOnce();
      if ('fault' in parsed || from.path === undefined) return 'fault' in parsed ? parsed : asType(parsed.value, type);
      const found = findInJson(parsed.value, from.path);
      return found === undefined ? { fault: `The output has nothing at ${from.path}.` } : asType(found, type);
    }
  }
}

function parseJsonOnce(text: string): () => Read {
  let parsed: Read | undefined;
  return () => (parsed ??= parseJson(text));
}

function parseJson(text: string): Read {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { fault: 'The output is not JSON.' };
  }
}

/** The last line `key=value`; quotes around the whole value are not part of it, as in os-release(5). */
function readKey(stdout: string, key: string, type: ValueType): Read {
  const line = linesOf(stdout).findLast((each) => each.startsWith(`${key}=`));
  if (line === undefined) return { fault: `The output has no line that begins with ${key}=.` };
  const value = line.slice(key.length + 1);
  return convert(/^(?<quote>["']).*\k<quote>$/.test(value) && value.length > 1 ? value.slice(1, -1) : value, type);
}

function readMatch(stdout: string, pattern: string, group: number | undefined, type: ValueType): Read {
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(pattern, RE2JS.MULTILINE);
  } catch {
    return { fault: 'The pattern is not RE2 syntax.' };
  }
  const matcher = regex.matcher(stdout);
  if (!matcher.find()) return { fault: 'The output does not match the pattern.' };
  const wanted = group ?? Math.min(1, matcher.groupCount());
  if (wanted > matcher.groupCount()) return { fault: `The pattern has no group ${wanted}.` };
  const text = matcher.group(wanted);
  return text === null ? { fault: `Group ${wanted} of the pattern matched nothing.` } : convert(text, type);
}

/** Text as a value of a type. */
function convert(text: string, type: ValueType): Read {
  const trimmed = text.trim();
  switch (type) {
    case 'text':
      return { value: text };
    case 'integer':
      return /^[+-]?\d+$/.test(trimmed) ? asType(Number(trimmed), type) : mismatch(type);
    case 'number':
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? asType(Number(trimmed), type) : mismatch(type);
    case 'boolean':
      return trimmed === 'true' || trimmed === 'false' ? { value: trimmed === 'true' } : mismatch(type);
    case 'list':
    case 'object': {
      const parsed = parseJson(text);
      return 'fault' in parsed ? mismatch(type) : asType(parsed.value, type);
    }
  }
}

function asType(value: unknown, type: ValueType): Read {
  return isOfType(value, type) ? { value } : mismatch(type);
}

/** Whether a JSON value is of a declared type. */
export function isOfType(value: unknown, type: ValueType): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}

const named: Record<ValueType, string> = {
  text: 'a text',
  integer: 'an integer',
  number: 'a number',
  boolean: 'true or false',
  list: 'a list',
  object: 'an object',
};

function mismatch(type: ValueType): Read {
  return { fault: `What was read is not ${named[type]}.` };
}

function withoutLastBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : withoutLastBreak(text).split(/\r?\n/);
}
