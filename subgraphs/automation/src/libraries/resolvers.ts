import { orRefusal } from '@opsconductor/subgraph';
import type {
  MutationInstallStepLibraryArgs,
  QueryStepDefinitionArgs,
  QueryStepLibrariesArgs,
} from '../../generated/graphql.ts';
import type { StepLibrary } from '../../generated/prisma/client.ts';
import type { Context } from '../context.ts';
import type { StepDefinition, StepOutput } from './definition.ts';
import { findStep, installLibrary, listLibraries, stepsOf } from './libraries.ts';
import { StepLibraryConflict, StepLibraryInvalid } from './refusals.ts';

const stepOf = (library: StepLibrary) => (step: StepDefinition) => ({
  ...step,
  library: library.name,
  version: library.version,
});

export const libraryResolvers = {
  Query: {
    stepLibraries: (_: unknown, page: QueryStepLibrariesArgs, context: Context) => listLibraries(context, page),
    stepDefinition: async (_: unknown, name: QueryStepDefinitionArgs, context: Context) => {
      const found = await findStep(context, name);
      return found && stepOf(found.library)(found.step);
    },
  },
  Mutation: {
    installStepLibrary: (_: unknown, { input }: MutationInstallStepLibraryArgs, context: Context) =>
      orRefusal([StepLibraryInvalid, StepLibraryConflict], async () => ({
        __typename: 'StepLibraryInstalled',
        library: await installLibrary(context, input.archive),
      })),
  },
  StepLibrary: {
    installedBy: ({ installedById }: StepLibrary) =>
      installedById === null ? null : { __typename: 'User', id: installedById },
    steps: (library: StepLibrary) => stepsOf(library).map(stepOf(library)),
  },
  StepOutput: { type: ({ type }: StepOutput) => type.toUpperCase() },
};
