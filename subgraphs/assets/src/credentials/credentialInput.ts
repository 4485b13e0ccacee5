import { z } from 'zod';
import { nameText, printableText } from '../input/text.ts';
import { SHORTEST_SECRET } from './kinds.ts';

const LONGEST_PASSWORD = 1_024;
const PRIVATE_KEY_LIMIT = 32 * 1024;
const FIELD_LIMIT = 50;
const LONGEST_ROTATION_DAYS = 3_650;

const lineEnds = /[\0\r\n]/;

const password = z
  .string()
  .min(SHORTEST_SECRET, `A password has at least ${SHORTEST_SECRET} characters: a shorter one cannot be masked.`)
  .max(LONGEST_PASSWORD, `A password has at most ${LONGEST_PASSWORD} characters.`)
  .refine((text) => text.isWellFormed() && !lineEnds.test(text), 'A password is one line of text.')
  .nullish();
const privateKey = z
  .string()
  .max(PRIVATE_KEY_LIMIT, `A private key has at most ${PRIVATE_KEY_LIMIT} characters.`)
  .nullish();
const passphrase = z
  .string()
  .max(LONGEST_PASSWORD, `A passphrase has at most ${LONGEST_PASSWORD} characters.`)
  .nullish();

/** The inputs of a secret, whatever kind it is of. */
export const secretInput = {
  password,
  privateKey,
  passphrase,
  fields: z
    .array(z.object({ name: z.string().max(40), value: z.string() }))
    .max(FIELD_LIMIT, `There are at most ${FIELD_LIMIT} fields.`)
    .nullish(),
};

/** When a version holds. */
export const validityInput = { validFrom: z.date().nullish(), validUntil: z.date().nullish() };

export const username = printableText('A user name', { least: 1, most: 255 });

/** What says where a credential belongs, and when it is due. */
export const placementInput = {
  description: printableText('A description', { least: 0, most: 2_000 }).nullish(),
  folder: z
    .string()
    .max(500, 'The path of a folder has at most 500 characters.')
    .regex(/^(\/[^/\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,100})+$|^\/$/u, 'A folder is a path: /prod/databases.')
    .transform((path) => path.normalize('NFC'))
    .nullish(),
  rotateAfterDays: z
    .int()
    .min(1, 'A rotation is due after at least a day.')
    .max(LONGEST_ROTATION_DAYS, `A rotation is due after at most ${LONGEST_ROTATION_DAYS} days.`)
    .nullish(),
};

export const credentialInput = z
  .object({
    ...secretInput,
    ...validityInput,
    ...placementInput,
    name: nameText('The name of a credential'),
    username: username.nullish(),
    kind: z.string().nullish(),
    customKindId: z.string().nullish(),
  })
  .refine(endsAfterItBegins, { path: ['validUntil'], message: 'A version ends after it begins.' });

export function endsAfterItBegins({
  validFrom,
  validUntil,
}: {
  validFrom?: Date | null | undefined;
  validUntil?: Date | null | undefined;
}): boolean {
  return !validUntil || validUntil > (validFrom ?? new Date(0));
}

export type CredentialFields = z.infer<typeof credentialInput>;
