import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { MutationCreateCredentialArgs, QueryCredentialsArgs } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { createCredential } from './createCredential.ts';
import { findCredential, listCredentials } from './credentials.ts';
import { CredentialNameTaken } from './refusals.ts';

export const credentialResolvers = {
  Query: {
    credential: (_: unknown, { id }: { id: string }, context: Context) => findCredential(context, id),
    credentials: (_: unknown, page: QueryCredentialsArgs, context: Context) => listCredentials(context, page),
  },
  Mutation: {
    createCredential: (_: unknown, { input }: MutationCreateCredentialArgs, context: Context) =>
      orRefusal([InvalidInput, CredentialNameTaken], async () => ({
        __typename: 'CredentialCreated',
        credential: await createCredential(context, input),
      })),
  },
  Credential: {
    __resolveReference: ({ id }: { id: string }, context: Context) => findCredential(context, id),
  },
};
