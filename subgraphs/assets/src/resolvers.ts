import { credentialResolvers } from './credentials/resolvers.ts';
import { groupResolvers } from './groups/resolvers.ts';
import { hostKeyResolvers } from './hostKeys/resolvers.ts';
import { maintenanceResolvers } from './maintenance/resolvers.ts';
import { serviceResolvers } from './services/resolvers.ts';
import { targetResolvers } from './targets/resolvers.ts';

export const resolvers = {
  ...targetResolvers,
  ...groupResolvers,
  ...serviceResolvers,
  ...maintenanceResolvers,
  ...credentialResolvers,
  ...hostKeyResolvers,
  Query: {
    ...targetResolvers.Query,
    ...groupResolvers.Query,
    ...serviceResolvers.Query,
    ...credentialResolvers.Query,
  },
  Mutation: {
    ...targetResolvers.Mutation,
    ...groupResolvers.Mutation,
    ...serviceResolvers.Mutation,
    ...maintenanceResolvers.Mutation,
    ...credentialResolvers.Mutation,
    ...hostKeyResolvers.Mutation,
  },
};
