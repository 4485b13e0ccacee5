import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { MutationAddServiceDefinitionArgs } from '../../generated/graphql.ts';
import type { TargetService } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import type { Service } from './builtInServices.ts';
import { ServiceDefinitionTaken } from './refusals.ts';
import { addService, listServices } from './services.ts';

export const serviceResolvers = {
  Query: { serviceDefinitions: (_: unknown, _args: unknown, context: Context) => listServices(context) },
  Mutation: {
    addServiceDefinition: (_: unknown, { input }: MutationAddServiceDefinitionArgs, context: Context) =>
      orRefusal([InvalidInput, ServiceDefinitionTaken], async () => ({
        __typename: 'ServiceDefinitionAdded',
        serviceDefinition: await addService(context, input),
      })),
  },
  ServiceDefinition: { defaultPort: ({ port }: Service) => port },
  TargetService: {
    definition: ({ definition }: TargetService, _: unknown, { loaders }: Context) =>
      loaders.serviceDefinition.load(definition),
  },
};
