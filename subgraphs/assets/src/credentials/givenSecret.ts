import { InvalidInput } from '@opsconductor/subgraph';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { secretInput } from './credentialInput.ts';
import { importPrivateKey } from './importPrivateKey.ts';
import { readInputs } from './kinds.ts';
import type { InputDefinition } from './kinds.ts';
import type { SecretContent } from './sealedSecret.ts';
import { publicKeyLine } from './sshKeys.ts';

/** The inputs of a secret as they were given, in form. */
export type SecretFields = { [Key in keyof typeof secretInput]?: z.infer<(typeof secretInput)[Key]> };

/** A secret to be sealed, and what is shown of it. */
export interface GivenSecret {
  readonly content: SecretContent;
  readonly settings: Readonly<Record<string, string>>;
  readonly publicKey: string | null;
}

/**
 * A password or a private key: exactly one of the two.
 * @throws {InvalidInput}
 */
export async function readSshSecret(
  { password, privateKey, passphrase }: SecretFields,
  comment: string,
  { signal }: Pick<Context, 'signal'>,
): Promise<GivenSecret & { readonly kind: 'PASSWORD' | 'SSH_KEY' }> {
  if (password != null && privateKey != null)
    throw new InvalidInput('privateKey', 'Give a password or a private key, not both.');
  if (privateKey != null) {
    const text = await importPrivateKey(privateKey, passphrase || undefined, signal);
    const content = { kind: 'privateKey', privateKey: text } as const;
    return { kind: 'SSH_KEY', content, settings: {}, publicKey: publicKeyLine(text, comment) };
  }
  if (password == null) throw new InvalidInput('password', 'Give a password or a private key.');
  if (passphrase) throw new InvalidInput('passphrase', 'A passphrase belongs to a private key.');
  return { kind: 'PASSWORD', content: { kind: 'password', password }, settings: {}, publicKey: null };
}

/** Inputs of any other kind. @throws {InvalidInput} */
export function readFieldSecret(inputs: readonly InputDefinition[], { fields, ...others }: SecretFields): GivenSecret {
  for (const name of ['password', 'privateKey', 'passphrase'] as const)
    if (others[name] != null) throw new InvalidInput(name, 'The inputs of this kind are given as fields.');
  const { secrets, settings } = readInputs(inputs, fields ?? []);
  return { content: { kind: 'fields', fields: secrets }, settings, publicKey: null };
}
