import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { Resolvers } from '../../generated/graphql.ts';
import { findApiKey, listApiKeys, statusOf } from './apiKeys.ts';
import type { ApiKey } from './apiKeys.ts';
import { revokeApiKey, rotateApiKey } from './changeApiKey.ts';
import { createApiKey } from './createApiKey.ts';
import { ApiKeyNotFound, PermissionNotGrantable } from './refusals.ts';

export const apiKeyResolvers = {
  Query: {
    apiKeys: (_, args, context) => listApiKeys(context, args),
    apiKey: (_, { id }, context) => findApiKey(context, id),
  },
  Mutation: {
    createApiKey: (_, { input }, context) =>
      orRefusal([InvalidInput, PermissionNotGrantable], async () => ({
        __typename: 'ApiKeyCreated' as const,
        ...(await createApiKey(context, input)),
      })),
    rotateApiKey: (_, { input }, context) =>
      orRefusal([InvalidInput, ApiKeyNotFound], async () => ({
        __typename: 'ApiKeyRotated' as const,
        ...(await rotateApiKey(context, input)),
      })),
    revokeApiKey: (_, { input }, context) =>
      orRefusal([ApiKeyNotFound], async () => ({
        __typename: 'ApiKeyRevoked' as const,
        apiKey: await revokeApiKey(context, input),
      })),
  },
  ApiKey: {
    __resolveReference: ({ id }: { id: string }, context: Parameters<typeof findApiKey>[0]) => findApiKey(context, id),
    owner: ({ ownerId }: ApiKey, _args: object, { loaders }: Parameters<typeof findApiKey>[0]) =>
      loaders.user.load(ownerId),
    status: (apiKey: ApiKey, _args: object, { clock }: Parameters<typeof findApiKey>[0]) => statusOf(apiKey, clock()),
  },
} satisfies Resolvers;
