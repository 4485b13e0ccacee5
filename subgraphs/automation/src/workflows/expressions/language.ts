/** The language of expressions: CEL as cel-spec describes it, with a guard and with functions of our own. */
import { Environment, EvaluationError, ParseError, TypeError as CheckError } from '@marcbachmann/cel-js';
import type { ParseResult } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import { ExpressionFault } from './fault.ts';
import type { ExpressionFaultCode } from './fault.ts';
import { guard } from './guard.ts';
import type { Reference } from './guard.ts';
import { fromJson, toJsonText } from './values.ts';

const NODE_LIMIT = 500;
const DEPTH_LIMIT = 50;
export const EXPRESSION_LENGTH = 10_000;
const PATTERN_LENGTH = 1_000;
const TEXT_LENGTH = 1024 * 1024;

/** An expression that has been parsed and found harmless. */
export interface Compiled {
  readonly evaluate: ParseResult;
  readonly references: readonly Reference[];
}

export function createEnvironment(unlistedVariablesAreDyn: boolean): Environment {
  return new Environment({
    unlistedVariablesAreDyn,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: NODE_LIMIT, maxDepth: DEPTH_LIMIT },
  })
    .registerFunction('string.matchesRegex(string): bool', (text: string, pattern: string) =>
      toRegex(pattern).matcher(text).find(),
    )
    .registerFunction('string.extractRegex(string): string', extractRegex)
    .registerFunction('string.replaceRegex(string, string): string', (text: string, pattern: string, by: string) =>
      bounded(toRegex(pattern).matcher(text).replaceAll(by)),
    )
    .registerFunction('string.replace(string, string): string', (text: string, part: string, by: string) => {
      // What it would grow to is known before it grows.
      const parts = text.split(part);
      if (text.length + (parts.length - 1) * (by.length - part.length) > TEXT_LENGTH) throw tooLong();
      return parts.join(by);
    })
    .registerFunction('string.lines(): list<string>', (text: string) => text.replace(/\r?\n$/, '').split(/\r?\n/))
    .registerFunction('string.parseJson(): dyn', parseJson)
    .registerFunction('toJson(dyn): string', (value: unknown) => toJsonText(value));
}

/** @throws {ExpressionFault} SYNTAX, FORBIDDEN */
export function compile(environment: Environment, expression: string): Compiled {
  if (expression.length > EXPRESSION_LENGTH)
    throw new ExpressionFault({
      code: 'FORBIDDEN',
      message: `An expression has at most ${EXPRESSION_LENGTH} characters.`,
      start: EXPRESSION_LENGTH,
      end: expression.length,
    });
  const evaluate = parse(environment, expression);
  return { evaluate, references: guard(evaluate.ast) };
}

function parse(environment: Environment, expression: string): ParseResult {
  try {
    return environment.parse(expression);
  } catch (error) {
    throw faultOf(error, expression);
  }
}

/** First the group named or numbered 1, else the whole match; an empty text when nothing matches. */
function extractRegex(text: string, pattern: string): string {
  const matcher = toRegex(pattern).matcher(text);
  if (!matcher.find()) return '';
  return (matcher.groupCount() > 0 ? matcher.group(1) : matcher.group()) ?? '';
}

const patterns = new Map<string, RE2JS>();
const PATTERNS = 500;

function toRegex(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known) return known;
  if (pattern.length > PATTERN_LENGTH) throw new ValueFault(`A pattern has at most ${PATTERN_LENGTH} characters.`);
  if (patterns.size >= PATTERNS) patterns.clear();
  try {
    const compiled = RE2JS.compile(pattern);
    patterns.set(pattern, compiled);
    return compiled;
  } catch {
    throw new ValueFault('The pattern is not RE2 syntax.');
  }
}

function parseJson(text: string): unknown {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    throw new ValueFault('The text is not JSON.');
  }
}

function bounded(text: string): string {
  if (text.length > TEXT_LENGTH) throw tooLong();
  return text;
}

const tooLong = () => new ValueFault(`The text would have more than ${TEXT_LENGTH} characters.`);

/** Thrown by our functions: the message holds no value. */
class ValueFault extends Error {}

/** Codes of cel-js whose text is made of types and of the expression's own source, never of a value. */
const plain: ReadonlyMap<string, ExpressionFaultCode> = new Map(
  Object.entries({
    no_such_overload: 'TYPE',
    no_matching_overload: 'TYPE',
    incompatible_ternary_branches: 'TYPE',
    invalid_condition_type: 'TYPE',
    invalid_comprehension_range: 'TYPE',
    cannot_index_type: 'TYPE',
    invalid_index_type: 'TYPE',
    invalid_macro_argument: 'SYNTAX',
    division_by_zero: 'VALUE',
    modulo_by_zero: 'VALUE',
    int_conversion_error: 'VALUE',
    uint_conversion_error: 'VALUE',
    invalid_timestamp: 'VALUE',
  }),
);

const reworded: ReadonlyMap<string, readonly [ExpressionFaultCode, string]> = new Map([
  ['unknown_variable', ['UNDEFINED', 'Nothing has this name.']],
  ['no_such_key', ['UNDEFINED', 'There is no such key.']],
  ['index_out_of_bounds', ['UNDEFINED', 'The index is outside of the list.']],
  ['numeric_overflow', ['VALUE', 'The number is too large.']],
  ['invalid_duration', ['VALUE', 'The text is not a duration.']],
  [
    'limit_exceeded',
    ['FORBIDDEN', `An expression has at most ${NODE_LIMIT} parts, nested at most ${DEPTH_LIMIT} deep.`],
  ],
]);

/** What went wrong, in words that hold no value of the scope. */
export function faultOf(error: unknown, expression: string): ExpressionFault {
  if (error instanceof ExpressionFault) return error;
  const isCel = error instanceof ParseError || error instanceof CheckError || error instanceof EvaluationError;
  const { start, end } = (isCel && error.range) || { start: 0, end: expression.length };
  const fault = (code: ExpressionFaultCode, message: string) => new ExpressionFault({ code, message, start, end });
  const valueFault = findValueFault(error);
  if (valueFault) return fault('VALUE', valueFault.message);
  if (!isCel) {
    if (error instanceof RangeError) return fault('TOO_LARGE', 'The value is too large.');
    return fault('VALUE', 'The expression cannot be evaluated with these values.');
  }
  const code = plain.get(error.code);
  if (code) return fault(code, sentence(error.summary));
  const [rewordedCode, message] = reworded.get(error.code) ?? [];
  if (rewordedCode && message) return fault(rewordedCode, message);
  if (error instanceof ParseError) return fault('SYNTAX', sentence(error.summary));
  return fault('VALUE', 'The expression cannot be evaluated with these values.');
}

function findValueFault(error: unknown): ValueFault | undefined {
  if (error instanceof ValueFault) return error;
  return error instanceof Error && error.cause !== undefined ? findValueFault(error.cause) : undefined;
}

function sentence(summary: string): string {
  const text = summary.replace(/google\.protobuf\./g, '').replace(/\$[A-Za-z_.]+/g, 'object');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
