import { z } from 'zod';
import { nameText, printableText } from '../input/text.ts';

/** Executors mask secrets in output from this length on; see their masks. */
const SHORTEST_PASSWORD = 4;
const LONGEST_PASSWORD = 1_024;
const PRIVATE_KEY_LIMIT = 32 * 1024;

const lineEnds = /[\0\r\n]/;

/** How to sign in, as it was given. */
export type GivenSecret =
  | { readonly kind: 'PASSWORD'; readonly password: string }
  | { readonly kind: 'SSH_KEY'; readonly privateKey: string; readonly passphrase: string | undefined };

export const credentialInput = z
  .object({
    name: nameText('The name of a credential'),
    username: printableText('A user name', { least: 1, most: 255 }),
    password: z
      .string()
      .min(
        SHORTEST_PASSWORD,
        `A password has at least ${SHORTEST_PASSWORD} characters: a shorter one cannot be masked.`,
      )
      .max(LONGEST_PASSWORD, `A password has at most ${LONGEST_PASSWORD} characters.`)
      .refine((text) => text.isWellFormed() && !lineEnds.test(text), 'A password is one line of text.')
      .nullish(),
    privateKey: z
      .string()
      .max(PRIVATE_KEY_LIMIT, `A private key has at most ${PRIVATE_KEY_LIMIT} characters.`)
      .nullish(),
    passphrase: z.string().max(LONGEST_PASSWORD, `A passphrase has at most ${LONGEST_PASSWORD} characters.`).nullish(),
  })
  .transform(({ name, username, password, privateKey, passphrase }, context) => {
    const refuse = (field: string, message: string): never => {
      context.addIssue({ code: 'custom', path: [field], message });
      return z.NEVER;
    };
    if (password != null && privateKey != null)
      return refuse('privateKey', 'Give a password or a private key, not both.');
    if (privateKey != null) {
      const secret: GivenSecret = { kind: 'SSH_KEY', privateKey, passphrase: passphrase || undefined };
      return { name, username, secret };
    }
    if (password == null) return refuse('password', 'Give a password or a private key.');
    if (passphrase) return refuse('passphrase', 'A passphrase belongs to a private key.');
    const secret: GivenSecret = { kind: 'PASSWORD', password };
    return { name, username, secret };
  });
