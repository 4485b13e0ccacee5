import { InvalidInput, orRefusal } from '@opsconductor/subgraph';
import type { MutationCancelMaintenanceArgs, MutationScheduleMaintenanceArgs } from '../../generated/graphql.ts';
import type { MaintenanceWindow } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import { TargetNotFound } from '../targets/refusals.ts';
import { cancelMaintenance, scheduleMaintenance } from './maintenance.ts';
import { MaintenanceNotFound } from './refusals.ts';

export const maintenanceResolvers = {
  Mutation: {
    scheduleMaintenance: (_: unknown, { input }: MutationScheduleMaintenanceArgs, context: Context) =>
      orRefusal([InvalidInput, TargetNotFound], async () => ({
        __typename: 'MaintenanceScheduled',
        ...(await scheduleMaintenance(context, input)),
      })),
    cancelMaintenance: (_: unknown, { input }: MutationCancelMaintenanceArgs, context: Context) =>
      orRefusal([MaintenanceNotFound], async () => ({
        __typename: 'MaintenanceCancelled',
        target: await cancelMaintenance(context, input.id),
      })),
  },
  MaintenanceWindow: { setBy: ({ setById }: MaintenanceWindow) => ({ id: setById }) },
};
