import { InvalidInput } from '@opsconductor/subgraph';
import type { CredentialKind } from '../../generated/prisma/enums.ts';
import { isPrintable } from '../input/text.ts';

/** An input of a kind of credential. Those that are secrets are sealed, the others are shown. */
export interface InputDefinition {
  readonly name: string;
  readonly label: string;
  readonly isSecret: boolean;
  readonly isRequired: boolean;
}

export interface KindOfCredential {
  readonly username: 'required' | 'optional' | 'none';
  readonly inputs: readonly InputDefinition[];
}

/** Kinds that sign in over SSH have inputs of their own in the graph. */
export type FieldKind = Exclude<CredentialKind, 'PASSWORD' | 'SSH_KEY' | 'CUSTOM'>;

const secret = (name: string, label: string, isRequired = true) => ({ name, label, isSecret: true, isRequired });
const setting = (name: string, label: string) => ({ name, label, isSecret: false, isRequired: false });

export const kinds: Record<FieldKind, KindOfCredential> = {
  API_TOKEN: { username: 'none', inputs: [secret('token', 'Token'), setting('header', 'Header')] },
  BEARER: { username: 'none', inputs: [secret('token', 'Token')] },
  BASIC: { username: 'required', inputs: [secret('password', 'Password')] },
  DATABASE: {
    username: 'required',
    inputs: [secret('password', 'Password'), setting('database', 'Database'), setting('driver', 'Driver')],
  },
  WINRM: { username: 'required', inputs: [secret('password', 'Password'), setting('domain', 'Domain')] },
  SNMP: {
    username: 'optional',
    inputs: [
      secret('community', 'Community', false),
      secret('authenticationKey', 'Authentication key', false),
      secret('privacyKey', 'Privacy key', false),
      setting('authenticationProtocol', 'Authentication protocol'),
      setting('privacyProtocol', 'Privacy protocol'),
    ],
  },
};

/** Kinds of credential that executors sign in with. */
export const sshKinds: readonly CredentialKind[] = ['PASSWORD', 'SSH_KEY'];

/** Executors mask secrets in output from this length on; see their masks. */
export const SHORTEST_SECRET = 4;
const LONGEST_SECRET = 32 * 1024;
const LONGEST_SETTING = 500;

export interface ReadInputs {
  readonly secrets: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The inputs of a kind, checked. No message repeats a value.
 * @throws {InvalidInput} `fields.N.name`, `fields.N.value` or `fields`
 */
export function readInputs(
  inputs: readonly InputDefinition[],
  given: readonly { name: string; value: string }[],
): ReadInputs {
  const known = new Map(inputs.map((input) => [input.name, input]));
  const secrets: Record<string, string> = {};
  const settings: Record<string, string> = {};
  for (const [index, { name, value }] of given.entries()) {
    const input = known.get(name);
    if (!input)
      throw new InvalidInput(
        `fields.${index}.name`,
        `This kind has no such input. It has: ${[...known.keys()].join(', ')}.`,
      );
    if (Object.hasOwn(secrets, name) || Object.hasOwn(settings, name))
      throw new InvalidInput(`fields.${index}.name`, 'This input is there twice.');
    const problem = input.isSecret ? problemOfSecret(value) : problemOfSetting(value);
    if (problem) throw new InvalidInput(`fields.${index}.value`, problem);
    (input.isSecret ? secrets : settings)[name] = value;
  }
  const missing = inputs.find(
    ({ name, isRequired }) => isRequired && !Object.hasOwn({ ...secrets, ...settings }, name),
  );
  if (missing) throw new InvalidInput('fields', `The input ${missing.name} is missing.`);
  if (Object.keys(secrets).length === 0) throw new InvalidInput('fields', 'Give at least one secret.');
  return { secrets, settings };
}

function problemOfSecret(value: string): string | undefined {
  if (value.length < SHORTEST_SECRET)
    return `A secret has at least ${SHORTEST_SECRET} characters: a shorter one cannot be masked.`;
  if (value.length > LONGEST_SECRET) return `A secret has at most ${LONGEST_SECRET} characters.`;
  return value.isWellFormed() && !value.includes('\0') ? undefined : 'A secret is text.';
}

function problemOfSetting(value: string): string | undefined {
  return value.length <= LONGEST_SETTING && isPrintable(value)
    ? undefined
    : `A setting has at most ${LONGEST_SETTING} printable characters.`;
}
