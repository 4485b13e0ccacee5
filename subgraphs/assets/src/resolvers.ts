import { credentialResolvers } from './credentials/resolvers.ts';
import { hostKeyResolvers } from './hostKeys/resolvers.ts';
import { targetResolvers } from './targets/resolvers.ts';

export const resolvers = {
  ...targetResolvers,
  ...credentialResolvers,
  ...hostKeyResolvers,
  Query: { ...targetResolvers.Query, ...credentialResolvers.Query },
  Mutation: { ...targetResolvers.Mutation, ...credentialResolvers.Mutation, ...hostKeyResolvers.Mutation },
};
