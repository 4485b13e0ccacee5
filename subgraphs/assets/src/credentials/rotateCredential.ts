import { requirePermission } from '@opsconductor/authz';
import { InvalidInput } from '@opsconductor/subgraph';
import { z } from 'zod';
import type { RevokeCredentialVersionInput, RotateCredentialInput } from '../../generated/graphql.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { parseInput } from '../input/parseInput.ts';
import { endsAfterItBegins, secretInput, validityInput } from './credentialInput.ts';
import { lockCredential } from './credentials.ts';
import { readCustomInputs } from './customKinds.ts';
import { readFieldSecret, readSshSecret } from './givenSecret.ts';
import type { GivenSecret } from './givenSecret.ts';
import { kinds } from './kinds.ts';
import { CredentialNotFound } from './refusals.ts';
import { sealContent } from './sealedSecret.ts';
import { generateSshKey, publicKeyLine } from './sshKeys.ts';
import { CREDENTIALS_TOPIC } from './topics.ts';

const LONGEST_OVERLAP_SECONDS = 30 * 86_400;
const DEFAULT_OVERLAP_SECONDS = 86_400;
const VERSION_LIMIT = 1_000;

const rotationInput = z
  .object({
    ...secretInput,
    ...validityInput,
    id: z.string(),
    generate: z.boolean().nullish(),
    overlapSeconds: z
      .int()
      .min(0, 'An overlap is not negative.')
      .max(LONGEST_OVERLAP_SECONDS, 'An overlap is at most 30 days.')
      .nullish(),
  })
  .refine(endsAfterItBegins, { path: ['validUntil'], message: 'A version ends after it begins.' });

/**
 * Adds a version. Those before hold on for the overlap, so that a new one that turns out wrong can be revoked.
 * @throws {InvalidInput} {@link CredentialNotFound}
 */
export async function rotateCredential(
  context: Context,
  input: RotateCredentialInput,
): Promise<{ credential: Credential; version: number }> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, vault, clock, requestId, loaders } = context;
  const fields = parseInput(rotationInput, input);
  const known = await loaders.credential.load(fields.id.toLowerCase());
  if (!known) throw new CredentialNotFound();
  const secret = await readSecret(context, known, fields);
  const now = clock();
  const validFrom = fields.validFrom ?? now;
  const rotated = await transact(async (unit) => {
    const credential = await lockCredential(unit.db, known.id);
    if (!credential) throw new CredentialNotFound();
    const versions = await unit.db.credentialVersion.aggregate({
      where: { credentialId: credential.id },
      _max: { version: true },
    });
    const version = (versions._max.version ?? 0) + 1;
    if (version > VERSION_LIMIT) throw new InvalidInput('id', `A credential has at most ${VERSION_LIMIT} versions.`);
    const overlapMs = (fields.overlapSeconds ?? DEFAULT_OVERLAP_SECONDS) * 1000;
    await unit.db.$executeRaw`
      update credential_versions set valid_until = least(valid_until, ${new Date(validFrom.getTime() + overlapMs)}::timestamptz)
      where credential_id = ${credential.id}::uuid and revoked_at is null`;
    const sealed = await sealContent(unit.db, vault, credential.id, version, secret.content);
    await unit.db.credentialVersion.create({
      data: {
        ...{ ...sealed, credentialId: credential.id, version, publicKey: secret.publicKey },
        ...{ validFrom, validUntil: fields.validUntil ?? null, createdAt: now, createdById: userId },
      },
    });
    if (Object.keys(secret.settings).length > 0)
      await unit.db.credential.update({ where: { id: credential.id }, data: { settings: secret.settings } });
    unit.emit({
      type: 'assets.credential.rotated',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id: credential.id },
      data: { name: credential.name, version },
    });
    unit.wake(CREDENTIALS_TOPIC);
    return { credential, version };
  });
  loaders.versions.clear(known.id);
  loaders.credential.clear(known.id);
  return rotated;
}

async function readSecret(
  context: Context,
  credential: Credential,
  fields: z.infer<typeof rotationInput>,
): Promise<GivenSecret> {
  const { kind, name, customKindId } = credential;
  if (fields.generate) {
    if (kind !== 'SSH_KEY') throw new InvalidInput('generate', 'Only keys can be made here.');
    const privateKey = await generateSshKey();
    return { content: { kind: 'privateKey', privateKey }, settings: {}, publicKey: publicKeyLine(privateKey, name) };
  }
  if (kind === 'PASSWORD' || kind === 'SSH_KEY') {
    const secret = await readSshSecret(fields, name, context);
    if (secret.kind !== kind)
      throw new InvalidInput(kind === 'SSH_KEY' ? 'privateKey' : 'password', `This credential is a ${kind}.`);
    return secret;
  }
  const inputs = kind === 'CUSTOM' ? await readCustomInputs(context.prisma, customKindId ?? '') : kinds[kind].inputs;
  return readFieldSecret(inputs ?? [], fields);
}

/** Revoking twice is the same as once. @throws {CredentialNotFound} the credential has no such version, or is none */
export async function revokeVersion(
  context: Context,
  { credentialId, version }: RevokeCredentialVersionInput,
): Promise<Credential> {
  const { userId } = requirePermission(context.viewer, 'credential:write');
  const { transact, clock, requestId, loaders } = context;
  const revoked = await transact(async (unit) => {
    const credential = await lockCredential(unit.db, credentialId);
    if (!credential) throw new CredentialNotFound();
    const place = { credentialId: credential.id, version };
    const { count } = await unit.db.credentialVersion.updateMany({
      where: { ...place, revokedAt: null },
      data: { revokedAt: clock() },
    });
    if (count === 0) {
      if ((await unit.db.credentialVersion.count({ where: place })) === 0) throw new CredentialNotFound();
      return credential;
    }
    unit.emit({
      type: 'assets.credential.versionRevoked',
      actorId: userId,
      requestId,
      subject: { type: 'credential', id: credential.id },
      data: { name: credential.name, version },
    });
    unit.wake(CREDENTIALS_TOPIC);
    return credential;
  });
  loaders.versions.clear(revoked.id);
  return revoked;
}
