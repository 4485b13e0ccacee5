import { requirePermission } from '@opsconductor/authz';
import type { ValidateWorkflowInput } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { JSONValue } from './jsonScalar.ts';
import { validateDefinition } from './validation/index.ts';
import type { DefinitionProblem } from './validation/index.ts';

export const workflowResolvers = {
  JSON: JSONValue,
  Query: {
    validateWorkflow: async (
      _: unknown,
      { input }: { input: ValidateWorkflowInput },
      { viewer, expressions }: Context,
    ) => {
      requirePermission(viewer, 'job:read');
      const { problems } = await validateDefinition(input.definition, expressions);
      return { isValid: problems.length === 0, problems };
    },
  },
  DefinitionProblem: {
    position: ({ start, end }: DefinitionProblem) => (start === undefined ? null : { start, end }),
  },
};
