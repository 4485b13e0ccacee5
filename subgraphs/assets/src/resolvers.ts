import { credentialResolvers } from './credentials/resolvers.ts';
import { groupResolvers } from './groups/resolvers.ts';
import { hostKeyResolvers } from './hostKeys/resolvers.ts';
import { maintenanceResolvers } from './maintenance/resolvers.ts';
import { serviceResolvers } from './services/resolvers.ts';
import { targetResolvers } from './targets/resolvers.ts';
import { vaultKeyResolvers } from './vaultKeys/resolvers.ts';

export const resolvers = {
  ...targetResolvers,
  ...groupResolvers,
  ...serviceResolvers,
  ...maintenanceResolvers,
  ...credentialResolvers,
  ...hostKeyResolvers,
  Target: { ...targetResolvers.Target, ...credentialResolvers.Target, ...hostKeyResolvers.Target },
  Query: {
    ...targetResolvers.Query,
    ...groupResolvers.Query,
    ...serviceResolvers.Query,
    ...credentialResolvers.Query,
    ...hostKeyResolvers.Query,
    ...vaultKeyResolvers.Query,
  },
  Mutation: {
    ...targetResolvers.Mutation,
    ...groupResolvers.Mutation,
    ...serviceResolvers.Mutation,
    ...maintenanceResolvers.Mutation,
    ...credentialResolvers.Mutation,
    ...vaultKeyResolvers.Mutation,
    ...hostKeyResolvers.Mutation,
  },
};
