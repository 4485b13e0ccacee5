import { Secret } from '@opsconductor/vault';
import type { Place, Vault } from '@opsconductor/vault';
import type { Inputs } from './resolveInputs.ts';

/** How the inputs of an execution are kept: JSON. What is secret is sealed for this execution and this input. */
export interface KeptInputs {
  readonly values: Readonly<Record<string, unknown>>;
  /** Base64, by name. */
  readonly sealed: Readonly<Record<string, string>>;
}

export function sealInputs(inputs: Inputs, executionId: string, vault: Vault): KeptInputs {
  const entries = Object.entries(inputs);
  const sealed = entries.flatMap(([name, value]): [string, string][] =>
    value instanceof Secret
      ? [[name, Buffer.from(vault.seal(value, placeOf(executionId, name))).toString('base64')]]
      : [],
  );
  const values = entries.filter(([, value]) => !(value instanceof Secret));
  return { values: Object.fromEntries(values), sealed: Object.fromEntries(sealed) };
}

/**
 * @throws {SealBroken} what is kept was changed, or is of another execution
 * @throws {SealingKeyMissing}
 */
export function openInputs({ values, sealed }: KeptInputs, executionId: string, vault: Vault): Inputs {
  const opened = Object.entries(sealed).map(([name, text]): [string, Secret] => [
    name,
    vault.open(Buffer.from(text, 'base64'), placeOf(executionId, name)),
  ]);
  return { ...values, ...Object.fromEntries(opened) };
}

function placeOf(executionId: string, name: string): Place {
  return { table: 'executions', row: executionId, field: `inputs.${name}`, version: 1 };
}
