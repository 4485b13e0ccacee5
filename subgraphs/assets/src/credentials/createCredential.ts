import { requirePermission } from '@opsconductor/authz';
import { InvalidInput, readId } from '@opsconductor/subgraph';
import { v7 as createId } from 'uuid';
import type { CreateCredentialInput, GenerateSshKeyInput } from '../../generated/graphql.ts';
import type { CredentialKind } from '../../generated/prisma/enums.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { credentialInput } from './credentialInput.ts';
import type { CredentialFields } from './credentialInput.ts';
import { readCustomInputs } from './customKinds.ts';
import { readFieldSecret, readSshSecret } from './givenSecret.ts';
import type { GivenSecret } from './givenSecret.ts';
import { kinds, sshKinds } from './kinds.ts';
import type { FieldKind, KindOfCredential } from './kinds.ts';
import { CredentialNameTaken } from './refusals.ts';
import { sealContent } from './sealedSecret.ts';
import { generateSshKey as makeSshKey, publicKeyLine } from './sshKeys.ts';
import { CREDENTIALS_TOPIC } from './topics.ts';

/**
 * Seals a secret as the first version of a new credential; it leaves the vault for executors only.
 * @throws {InvalidInput} {@link CredentialNameTaken}
 */
export async function createCredential(context: Context, input: CreateCredentialInput): Promise<Credential> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const fields = parseInput(credentialInput, input);
  return write(context, userId, fields, await readSecret(context, fields));
}

/**
 * Makes a key pair inside; only its public part is ever seen.
 * @throws {InvalidInput} {@link CredentialNameTaken}
 */
export async function generateSshKey(
  context: Context,
  { comment, ...input }: GenerateSshKeyInput,
): Promise<{ credential: Credential; publicKey: string }> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const fields = parseInput(credentialInput, input);
  if (comment != null && !/^[\p{L}\p{N}\p{P}\p{S} ]{0,200}$/u.test(comment))
    throw new InvalidInput('comment', 'A comment has at most 200 printable characters.');
  const privateKey = await makeSshKey();
  const publicKey = publicKeyLine(privateKey, comment ?? fields.name);
  const content = { kind: 'privateKey', privateKey } as const;
  const credential = await write(context, userId, fields, { kind: 'SSH_KEY', content, settings: {}, publicKey });
  return { credential, publicKey };
}

type SecretOfKind = GivenSecret & { readonly kind: CredentialKind; readonly customKindId?: string };

async function readSecret(context: Context, fields: CredentialFields): Promise<SecretOfKind> {
  const { kind, customKindId } = fields;
  if (kind == null || (sshKinds as readonly string[]).includes(kind)) {
    requireUsername(fields, 'required');
    if (fields.fields?.length) throw new InvalidInput('fields', 'Give the secret as a password or a private key.');
    const secret = await readSshSecret(fields, fields.name, context);
    if (kind != null && secret.kind !== kind) throw new InvalidInput('kind', `This is the secret of ${secret.kind}.`);
    return secret;
  }
  if (kind === 'CUSTOM') {
    const id = readId(customKindId ?? '');
    const inputs = id === undefined ? undefined : await readCustomInputs(context.prisma, id);
    if (id === undefined || !inputs) throw new InvalidInput('customKindId', 'There is no such kind of credential.');
    return { kind: 'CUSTOM', customKindId: id, ...readFieldSecret(inputs, fields) };
  }
  const { username, inputs } = kinds[kind as FieldKind];
  requireUsername(fields, username);
  return { kind: kind as FieldKind, ...readFieldSecret(inputs, fields) };
}

function requireUsername({ username }: CredentialFields, rule: KindOfCredential['username']): void {
  if (rule === 'required' && username == null) throw new InvalidInput('username', 'Give a user name.');
  if (rule === 'none' && username != null) throw new InvalidInput('username', 'This kind has no user name.');
}

async function write(
  context: Context,
  userId: string,
  { name, username, description, folder, rotateAfterDays, validFrom, validUntil }: CredentialFields,
  { kind, customKindId, content, settings, publicKey }: SecretOfKind,
): Promise<Credential> {
  const { transact, loaders, vault, clock, requestId } = context;
  // The seal binds the row's id, so the id is made first.
  const id = createId();
  const now = clock();
  const credential = await transact(async (unit) => {
    const sealed = await sealContent(unit.db, vault, id, 1, content);
    const created = await unit.db.credential
      .create({
        data: {
          ...{ id, name, kind, settings, createdAt: now },
          ...{ username: username ?? null, description: description || null, folder: folder ?? '/' },
          ...{ rotateAfterDays: rotateAfterDays ?? null, customKindId: customKindId ?? null },
          versions: {
            create: {
              ...{ ...sealed, version: 1, publicKey, createdAt: now, createdById: userId },
              ...{ validFrom: validFrom ?? now, validUntil: validUntil ?? null },
            },
          },
        },
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new CredentialNameTaken(name) : error;
      });
    unit.emit({
      type: 'assets.credential.created',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id },
      data: { name, username: username ?? null, kind },
    });
    unit.wake(CREDENTIALS_TOPIC);
    return created;
  });
  loaders.credential.clear(id).prime(id, credential);
  return credential;
}
