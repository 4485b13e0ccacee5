import { Secret } from '@opsconductor/vault';
import type { ValidateFunction } from 'ajv';
import type { Work } from '../ssh/work.ts';
import type { StepDefinition } from './definition.ts';
import { compileValues, describeError } from './jsonSchemas.ts';

/** The parameters of a step are not what its schema wants. The message names each, and shows no value. */
export class StepParametersInvalid extends Error {
  constructor(step: string, problems: readonly string[]) {
    super(`Parameters of ${step}: ${problems.join('; ')}.`);
    this.name = 'StepParametersInvalid';
  }
}

/**
 * What is run for a step. Texts reach the script as they are, numbers and booleans as JSON writes them, lists as one line
 * for each entry, objects as JSON; what is not given and has no default is empty.
 *
 * @param isCheck the script says what it would change, and changes nothing
 * @throws StepParametersInvalid
 */
export function stepWork(
  step: StepDefinition,
  values: Readonly<Record<string, unknown>>,
  isCheck = false,
): Pick<Work, 'script' | 'interpreter' | 'parameters'> {
  if (isCheck && !step.hasCheckMode) throw new StepParametersInvalid(step.name, ['the step has no check mode']);
  const filled = parsed(step, values);
  const validate = validatorOf(step);
  if (!validate(filled)) {
    const problems = (validate.errors ?? []).map(describeError).map(({ path, message }) => `${path || '/'} ${message}`);
    throw new StepParametersInvalid(step.name, problems.slice(0, 10));
  }
  const parameters = Object.entries(step.parameters.properties).map(([name, { writeOnly }]) => {
    const text = textOf(step, name, filled[name]);
    return [name, writeOnly ? Secret.from(text) : text] as const;
  });
  const isShell = step.interpreter.length === 1 && step.interpreter[0] === 'sh';
  return {
    script: step.script,
    ...(!isShell && { interpreter: step.interpreter }),
    parameters: { ...Object.fromEntries(parameters), ...(step.hasCheckMode && { check: String(isCheck) }) },
  };
}

const validators = new WeakMap<StepDefinition, ValidateFunction>();

function validatorOf(step: StepDefinition): ValidateFunction {
  const known = validators.get(step) ?? compileValues({ ...step.parameters, required: [...step.parameters.required] });
  validators.set(step, known);
  return known;
}

/** A list or an object that an expression has made is JSON by now. Copied, because defaults are filled in. */
function parsed(step: StepDefinition, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(structuredClone({ ...values })).map(([name, value]): [string, unknown] => {
    const { type = 'string' } = step.parameters.properties[name] ?? {};
    if (typeof value !== 'string' || !['array', 'object'].includes(type)) return [name, value];
    try {
      return [name, JSON.parse(value)];
    } catch {
      return [name, value];
    }
  });
  return Object.fromEntries(entries);
}

function textOf(step: StepDefinition, name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  const lines = value.map((entry) => (typeof entry === 'string' ? entry : JSON.stringify(entry)));
  if (lines.some((line) => /[\r\n]/.test(line)))
    throw new StepParametersInvalid(step.name, [`/${name} has an entry of several lines`]);
  return lines.join('\n');
}
