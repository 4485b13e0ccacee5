import { FilterFault, parseFilter } from '@opsconductor/target-filter';
import { RE2JS } from 're2js';
import type { Parameter } from '../definition.ts';
import type { Expressions } from '../expressions/index.ts';
import { isStorable } from '../schema/texts.ts';
import { expressionProblems } from './expressionProblems.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';
import { inputTypes } from './scopes.ts';

/**
 * Checks a list of parameters: names, bounds, options, defaults, and that what depends on other parameters depends on
 * earlier ones.
 * @param at where the list is: `parameters`, or `form` of a node
 */
export async function checkParameters(
  parameters: readonly Parameter[],
  node: string | null,
  at: string,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  const found = await Promise.all(
    parameters.map(async (parameter, index) => {
      const path = `${at}.${index}`;
      const report = (field: string, message: string, code: DefinitionProblem['code'] = 'CONFLICT') =>
        problem(code, node, `${path}.${field}`, message);
      const earlier = parameters.slice(0, index);
      const types = { inputs: inputTypes(earlier) };
      const isRepeated = earlier.some(({ name }) => name === parameter.name);
      return [
        ...(isRepeated ? [report('name', `Another parameter is called ${parameter.name}.`, 'DUPLICATE')] : []),
        ...checkBounds(parameter, report),
        ...checkOptions(parameter, report),
        ...checkDefault(parameter, report),
        ...(await expressionProblems(expressions, types, node, [
          ...(parameter.visibleExpression === undefined
            ? []
            : [
                {
                  field: `${path}.visibleExpression`,
                  kind: 'expression',
                  text: parameter.visibleExpression,
                  expects: 'boolean',
                } as const,
              ]),
          ...(parameter.options?.from === 'url'
            ? [
                {
                  field: `${path}.options.url`,
                  kind: 'template',
                  text: parameter.options.url,
                  expects: 'text',
                } as const,
              ]
            : []),
        ])),
      ];
    }),
  );
  return found.flat();
}

type Report = (field: string, message: string, code?: DefinitionProblem['code']) => DefinitionProblem;

const numeric: ReadonlySet<string> = new Set(['integer', 'number']);
const textual: ReadonlySet<string> = new Set(['text', 'secret']);

function checkBounds(parameter: Parameter, report: Report): DefinitionProblem[] {
  const { type, minimum, maximum, minLength, maxLength, pattern } = parameter;
  const found: DefinitionProblem[] = [];
  const misplaced = (field: string) => report(field, `A parameter of the type ${type} has no ${field}.`);
  if (!numeric.has(type)) {
    if (minimum !== undefined) found.push(misplaced('minimum'));
    if (maximum !== undefined) found.push(misplaced('maximum'));
  }
  if (!textual.has(type)) {
    if (pattern !== undefined) found.push(misplaced('pattern'));
    if (type !== 'multiChoice' && minLength !== undefined) found.push(misplaced('minLength'));
    if (type !== 'multiChoice' && maxLength !== undefined) found.push(misplaced('maxLength'));
  }
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    found.push(report('minimum', 'It is more than maximum.'));
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength)
    found.push(report('minLength', 'It is more than maxLength.'));
  if (pattern !== undefined && !isPattern(pattern)) found.push(report('pattern', 'It is not RE2 syntax.', 'PATTERN'));
  return found;
}

export function isPattern(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

function checkOptions({ type, options }: Parameter, report: Report): DefinitionProblem[] {
  const isChoice = type === 'choice' || type === 'multiChoice';
  if (isChoice && !options) return [report('options', `A parameter of the type ${type} needs options.`)];
  if (!isChoice && options) return [report('options', `A parameter of the type ${type} has no options.`)];
  if (options?.from !== 'list') return [];
  const values = options.values.map(({ value }) => value);
  return values.flatMap((value, index) =>
    values.indexOf(value) === index ? [] : [report(`options.values.${index}.value`, 'It is there twice.', 'DUPLICATE')],
  );
}

function checkDefault(parameter: Parameter, report: Report): DefinitionProblem[] {
  const { type, default: preset } = parameter;
  if (preset === undefined) return [];
  if (type === 'secret')
    return [report('default', 'A secret has no default: everybody who reads the job would know it.')];
  if (type === 'file') return [report('default', 'A file has no default.')];
  const fault = findValueFault(parameter, preset);
  return fault === undefined ? [] : [report('default', fault)];
}

/**
 * What is wrong with a value for a parameter, its options aside where they come from elsewhere.
 * @returns undefined when nothing is; never with the value in it
 */
export function findValueFault(parameter: Parameter, value: unknown): string | undefined {
  const { options, minLength, maxLength } = parameter;
  const known = options?.from === 'list' ? new Set(options.values.map((option) => option.value)) : undefined;
  switch (parameter.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'It is not true or false.';
    case 'integer':
      return Number.isSafeInteger(value) ? findNumberFault(parameter, value as number) : 'It is not an integer.';
    case 'number':
      return Number.isFinite(value) ? findNumberFault(parameter, value as number) : 'It is not a number.';
    case 'multiChoice':
      if (!Array.isArray(value) || !value.every(isText)) return 'It is not a list of texts.';
      if (new Set(value).size !== value.length) return 'One of its options is there twice.';
      if (minLength !== undefined && value.length < minLength) return `At least ${minLength} have to be chosen.`;
      if (maxLength !== undefined && value.length > maxLength) return `At most ${maxLength} can be chosen.`;
      return known && !value.every((each) => known.has(each)) ? 'One of them is not an option.' : undefined;
    case 'choice':
      if (!isText(value)) return 'It is not a text.';
      return known && !known.has(value) ? 'It is not one of the options.' : undefined;
    case 'date':
      return isText(value) && isDate(value) ? undefined : 'It is not a date such as 2026-01-31.';
    case 'text':
    case 'secret':
    case 'credential':
    case 'file':
      return isText(value) ? findTextFault(parameter, value) : 'It is not a text.';
    case 'targetFilter':
      return isText(value) ? findFilterFault(value)?.message : 'It is not a text.';
  }
}

/** Of one value of a parameter, in UTF-16 units. */
const VALUE_LENGTH = 256 * 1024;

/** @returns undefined when the text is a filter of targets */
export function findFilterFault(text: string): FilterFault | undefined {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    if (error instanceof FilterFault) return error;
    throw error;
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && isStorable(value);
}

function findNumberFault({ minimum, maximum }: Parameter, value: number): string | undefined {
  if (minimum !== undefined && value < minimum) return `It is less than ${minimum}.`;
  return maximum !== undefined && value > maximum ? `It is more than ${maximum}.` : undefined;
}

function findTextFault({ minLength, maxLength = VALUE_LENGTH, pattern }: Parameter, value: string): string | undefined {
  const most = Math.min(maxLength, VALUE_LENGTH);
  if (minLength !== undefined && value.length < minLength) return `It has fewer than ${minLength} characters.`;
  if (value.length > most) return `It has more than ${most} characters.`;
  return pattern !== undefined && !matchesWhole(pattern, value) ? 'It does not match the pattern.' : undefined;
}

function matchesWhole(pattern: string, value: string): boolean {
  return isPattern(pattern) && RE2JS.compile(pattern).matcher(value).matches();
}

/** A day of the calendar as RFC 3339 writes it. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
