import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type {
  CredentialReachTargetsArgs,
  CredentialUsesArgs,
  MutationAddCredentialKindArgs,
  MutationBindCredentialArgs,
  MutationCreateCredentialArgs,
  MutationDeleteCredentialArgs,
  MutationGenerateSshKeyArgs,
  MutationRevokeCredentialVersionArgs,
  MutationRotateCredentialArgs,
  MutationUnbindCredentialArgs,
  MutationUpdateCredentialArgs,
  QueryCredentialsArgs,
} from '../../generated/graphql.ts';
import type { Credential, CredentialBinding, CredentialRelease, Target } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { bindCredential, listBindings, unbindCredential } from './bindings.ts';
import { deleteCredential, updateCredential } from './changeCredential.ts';
import { createCredential, generateSshKey } from './createCredential.ts';
import { findCredential, listCredentials } from './credentials.ts';
import { addCustomKind, listCustomKinds } from './customKinds.ts';
import { findEffectiveChoice } from './effectiveCredentials.ts';
import type { EffectiveChoice } from './effectiveCredentials.ts';
import {
  CredentialBindingNotFound,
  CredentialInUse,
  CredentialKindTaken,
  CredentialNameTaken,
  CredentialNotFound,
} from './refusals.ts';
import { revokeVersion, rotateCredential } from './rotateCredential.ts';
import { countReach, listReach, listUses } from './uses.ts';
import { listVersions } from './versions.ts';
import type { PublicVersion } from './versions.ts';

const userOf = (id: string | null) => (id === null ? null : { id });

async function rotate(context: Context, { input }: MutationRotateCredentialArgs) {
  const { credential, version } = await rotateCredential(context, input);
  const versions = await context.loaders.versions.load(credential.id);
  return { __typename: 'CredentialRotated', credential, version: versions.find((each) => each.version === version) };
}

export const credentialResolvers = {
  Query: {
    credential: (_: unknown, { id }: { id: string }, context: Context) => findCredential(context, id),
    credentials: (_: unknown, page: QueryCredentialsArgs, context: Context) => listCredentials(context, page),
    customCredentialKinds: (_: unknown, _args: unknown, context: Context) => listCustomKinds(context),
  },
  Mutation: {
    createCredential: (_: unknown, { input }: MutationCreateCredentialArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialNameTaken], async () => ({
        __typename: 'CredentialCreated',
        credential: await createCredential(context, input),
      })),
    generateSshKey: (_: unknown, { input }: MutationGenerateSshKeyArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialNameTaken], async () => ({
        __typename: 'SshKeyGenerated',
        ...(await generateSshKey(context, input)),
      })),
    rotateCredential: (_: unknown, args: MutationRotateCredentialArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialNotFound], () => rotate(context, args)),
    revokeCredentialVersion: (_: unknown, { input }: MutationRevokeCredentialVersionArgs, context: Context) =>
      orRefusal([CredentialNotFound], async () => ({
        __typename: 'CredentialVersionRevoked',
        credential: await revokeVersion(context, input),
      })),
    updateCredential: (_: unknown, { input }: MutationUpdateCredentialArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialNotFound, CredentialNameTaken], async () => ({
        __typename: 'CredentialUpdated',
        credential: await updateCredential(context, input),
      })),
    deleteCredential: (_: unknown, { input }: MutationDeleteCredentialArgs, context: Context) =>
      orRefusal([CredentialNotFound, CredentialInUse], async () => ({
        __typename: 'CredentialDeleted',
        id: await deleteCredential(context, input.id),
      })),
    bindCredential: (_: unknown, { input }: MutationBindCredentialArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialNotFound], async () => ({
        __typename: 'CredentialBound',
        binding: await bindCredential(context, input),
      })),
    unbindCredential: (_: unknown, { input }: MutationUnbindCredentialArgs, context: Context) =>
      orRefusal([CredentialBindingNotFound], async () => ({
        __typename: 'CredentialUnbound',
        credential: await unbindCredential(context, input.id),
      })),
    addCredentialKind: (_: unknown, { input }: MutationAddCredentialKindArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialKindTaken], async () => ({
        __typename: 'CredentialKindAdded',
        kind: await addCustomKind(context, input),
      })),
  },
  Credential: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findCredential(context, id),
    customKind: ({ customKindId }: Credential, _: unknown, { loaders }: Context) =>
      customKindId === null ? null : loaders.customKind.load(customKindId),
    settings: ({ settings }: Credential) =>
      Object.entries(settings as Record<string, string>).map(([name, value]) => ({ name, value })),
    versions: ({ id }: Credential, _: unknown, context: Context) => listVersions(context, id),
    bindings: ({ id }: Credential, _: unknown, context: Context) => listBindings(context, id),
    reach: ({ id }: Credential) => ({ id }),
    uses: ({ id }: Credential, page: CredentialUsesArgs, context: Context) => listUses(context, id, page),
  },
  CredentialReach: {
    targetCount: ({ id }: { id: string }, _: unknown, context: Context) => countReach(context, id),
    targets: ({ id }: { id: string }, page: CredentialReachTargetsArgs, context: Context) =>
      listReach(context, id, page),
  },
  CredentialVersion: {
    state: async (version: PublicVersion, _: unknown, context: Context) => {
      const versions = await listVersions(context, version.credentialId);
      return versions.find((each) => each.version === version.version)?.state;
    },
    createdBy: ({ createdById }: PublicVersion) => userOf(createdById),
  },
  CredentialBinding: {
    credential: ({ credentialId }: CredentialBinding, _: unknown, context: Context) =>
      findCredential(context, credentialId),
    createdBy: ({ createdById }: CredentialBinding) => userOf(createdById),
  },
  CredentialUse: {
    usedAt: ({ releasedAt }: CredentialRelease) => releasedAt,
    target: ({ targetId }: CredentialRelease, _: unknown, { loaders }: Context) => loaders.target.load(targetId),
    execution: ({ executionId }: CredentialRelease) => ({ id: executionId }),
  },
  EffectiveCredential: {
    credential: ({ credentialId }: EffectiveChoice, _: unknown, context: Context) =>
      findCredential(context, credentialId),
    reason: ({ binding }: EffectiveChoice) => (binding ? 'BINDING' : 'TARGET'),
  },
  Target: {
    effectiveCredential: ({ id }: Target, _: unknown, context: Context) => findEffectiveChoice(context, id),
  },
};
