import type { QueryParameterOptionsArgs } from '../../../generated/graphql.ts';
import type { Context } from '../../context.ts';
import { offerOptions } from './parameterOptions.ts';

export const optionResolvers = {
  Query: {
    parameterOptions: (_: unknown, { jobId, parameter, inputs }: QueryParameterOptionsArgs, context: Context) =>
      offerOptions(context, jobId, parameter, inputs),
  },
};
