import { orRefusal } from '@opsconductor/subgraph';
import type { MutationRetireVaultKeyArgs } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { VaultKeyInUse, VaultKeyNotFound } from './refusals.ts';
import { listVaultKeys, retireVaultKey, rotateVaultKey } from './vaultKeys.ts';

export const vaultKeyResolvers = {
  Query: { vaultKeys: (_: unknown, _args: unknown, context: Context) => listVaultKeys(context) },
  Mutation: {
    rotateVaultKey: (_: unknown, _args: unknown, context: Context) => rotateVaultKey(context),
    retireVaultKey: (_: unknown, { input }: MutationRetireVaultKeyArgs, context: Context) =>
      orRefusal([VaultKeyInUse, VaultKeyNotFound], async () => ({
        __typename: 'VaultKeyRetired',
        id: await retireVaultKey(context, input.id),
      })),
  },
};
