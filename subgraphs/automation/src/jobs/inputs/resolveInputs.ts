import { InvalidInput } from '@opsconductor/subgraph';
import { Secret } from '@opsconductor/vault';
import { ExpressionFault } from '../../workflows/expressions/index.ts';
import type { Expressions } from '../../workflows/expressions/index.ts';
import type { Parameter } from '../../workflows/definition.ts';
import { findValueFault, inputTypes } from '../../workflows/validation/index.ts';

/** A value for every parameter, by name: JSON, a {@link Secret}, or null where nothing was given and there is no default. */
export type Inputs = Readonly<Record<string, unknown>>;

/**
 * Makes the inputs of an execution of what somebody has given: checks each value, puts defaults in, and leaves out what is
 * not asked for. Options that come from a URL or another execution are an offer, and not checked here: the start of an
 * execution depends on nobody else's answer.
 * @param given JSON of unknown origin, by the name of the parameter
 * @throws {InvalidInput} whose field is `inputs.<name>`; never with the value in the message
 */
export async function resolveInputs(
  parameters: readonly Parameter[],
  given: unknown,
  expressions: Pick<Expressions, 'evaluate'>,
): Promise<Inputs> {
  const values = toRecord(given);
  const known = new Set(parameters.map(({ name }) => name));
  const unknown = Object.keys(values).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new InvalidInput(`inputs.${unknown.slice(0, 60)}`, 'The job has no parameter of that name.');
  const inputs: Record<string, unknown> = {};
  // In their order: whether one is asked for depends on earlier ones only.
  for (const [index, parameter] of parameters.entries()) {
    const isAskedFor = await isVisible(parameter, parameters.slice(0, index), inputs, expressions);
    inputs[parameter.name] = resolveOne(parameter, values[parameter.name] ?? null, isAskedFor);
  }
  return inputs;
}

function toRecord(given: unknown): Record<string, unknown> {
  if (given == null) return {};
  if (typeof given !== 'object' || Array.isArray(given)) throw new InvalidInput('inputs', 'Inputs are an object.');
  return { ...given };
}

function resolveOne(parameter: Parameter, given: unknown, isAskedFor: boolean): unknown {
  const { name, type, isRequired, default: preset = null } = parameter;
  const field = `inputs.${name}`;
  if (!isAskedFor) {
    if (given !== null) throw new InvalidInput(field, 'It is not asked for with these other inputs.');
    return null;
  }
  const value = given ?? preset;
  if (value === null || (value === '' && isRequired === true)) {
    if (isRequired === true) throw new InvalidInput(field, 'It is needed.');
    return null;
  }
  const fault = findValueFault(parameter, value);
  if (fault !== undefined) throw new InvalidInput(field, fault);
  return type === 'secret' ? Secret.from(value as string) : value;
}

/** @throws {InvalidInput} it cannot be told */
export async function isVisible(
  { name, visibleExpression }: Parameter,
  earlier: readonly Parameter[],
  inputs: Inputs,
  expressions: Pick<Expressions, 'evaluate'>,
): Promise<boolean> {
  if (visibleExpression === undefined) return true;
  try {
    const scope = { inputs: revealAll(inputs) };
    return (await expressions.evaluate(visibleExpression, scope, { inputs: inputTypes(earlier) })) === true;
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    throw new InvalidInput(`inputs.${name}`, `Whether it is asked for cannot be told: ${error.message}`);
  }
}

/** Inputs as expressions see them, secrets in clear: for the moment in which they are used, and never to be kept. */
export function revealAll(inputs: Inputs): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, value instanceof Secret ? value.reveal() : value]),
  );
}
