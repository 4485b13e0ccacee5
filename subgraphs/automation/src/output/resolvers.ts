import type { QueryOutputGroupsArgs, QueryOutputSearchArgs, QueryOutputWindowArgs } from '../../generated/graphql.ts';
import type { Context } from '../context.ts';
import { findTask } from '../executions/executions.ts';
import { listOutputGroups, listTasksOfGroup } from './outputGroups.ts';
import type { OutputGroup } from './outputGroups.ts';
import { readOutputWindow } from './outputWindow.ts';
import { searchOutput } from './searchOutput.ts';
import type { OutputHit } from './searchOutput.ts';

export const outputResolvers = {
  Query: {
    outputWindow: (_: unknown, window: QueryOutputWindowArgs, context: Context) => readOutputWindow(context, window),
    outputSearch: (_: unknown, search: QueryOutputSearchArgs, context: Context) => searchOutput(context, search),
    outputGroups: (_: unknown, groups: QueryOutputGroupsArgs, context: Context) => listOutputGroups(context, groups),
  },
  OutputHit: {
    task: ({ taskId }: OutputHit, _: unknown, context: Context) => findTask(context, taskId),
  },
  OutputGroup: {
    sample: ({ sampleTaskId }: OutputGroup, _: unknown, context: Context) => findTask(context, sampleTaskId),
    tasks: (group: OutputGroup, { first }: { first: number }, context: Context) =>
      listTasksOfGroup(context, group, first),
  },
};
