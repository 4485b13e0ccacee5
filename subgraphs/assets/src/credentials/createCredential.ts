import { requirePermission } from '@opsconductor/authz';
import { v7 as createId } from 'uuid';
import type { CreateCredentialInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { isUniqueViolation } from '../uniqueViolation.ts';
import { credentialInput } from './credentialInput.ts';
import type { GivenSecret } from './credentialInput.ts';
import { importPrivateKey } from './importPrivateKey.ts';
import type { PublicCredential } from './loaders.ts';
import { CredentialNameTaken } from './refusals.ts';
import { sealAuthentication } from './sealedSecret.ts';
import type { Authentication } from './sealedSecret.ts';

/**
 * Seals a secret for a new credential's row; it leaves the vault for executors only.
 * @throws {InvalidInput} {@link CredentialNameTaken}
 */
export async function createCredential(context: Context, input: CreateCredentialInput): Promise<PublicCredential> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, loaders, vault, clock, requestId, signal } = context;
  const { name, username, secret } = parseInput(credentialInput, input);
  const authentication = await readSecret(secret, signal);
  // The seal binds the row's id, so the id is made first.
  const id = createId();
  const sealed = sealAuthentication(vault, id, authentication);
  const credential = await transact(async (unit) => {
    const created = await unit.db.credential
      .create({ data: { id, name, username, kind: secret.kind, sealed, createdAt: clock() }, omit: { sealed: true } })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? new CredentialNameTaken(name) : error;
      });
    unit.emit({
      type: 'assets.credential.created',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id },
      data: { name, username, kind: secret.kind },
    });
    return created;
  });
  loaders.credential.clear(id).prime(id, credential);
  return credential;
}

async function readSecret(secret: GivenSecret, signal: AbortSignal): Promise<Authentication> {
  if (secret.kind === 'PASSWORD') return { kind: 'password', password: secret.password };
  return { kind: 'privateKey', privateKey: await importPrivateKey(secret.privateKey, secret.passphrase, signal) };
}
