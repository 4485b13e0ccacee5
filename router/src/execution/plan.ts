/** Query plans as closures: what can be worked out once is worked out once. */
import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import type { CallSubgraph } from './callSubgraph.ts';
import { compileFetch } from './fetch.ts';
import type { Step } from './run.ts';
import type { IsOfType } from './typeConditions.ts';

export interface PlanContext {
  /** By name. @throws when there is no such subgraph */
  readonly subgraph: (name: string) => CallSubgraph;
  readonly isOfType: IsOfType;
}

/** @returns undefined for a plan that fetches nothing */
export function compilePlan({ node }: QueryPlan, context: PlanContext): Step | undefined {
  if (!node) return undefined;
  if (node.kind === 'Subscription') throw new Error('Subscriptions are read through their query: they have no plan.');
  return compileNode(node, [], context);
}

function compileNode(node: PlanNode, path: readonly string[], context: PlanContext): Step {
  switch (node.kind) {
    case 'Sequence':
      return inSequence(node.nodes.map((inner) => compileNode(inner, path, context)));
    case 'Parallel':
      return inParallel(node.nodes.map((inner) => compileNode(inner, path, context)));
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path.map(String)], context);
    case 'Fetch':
      return compileFetch(node, path, context.subgraph(node.serviceName), context.isOfType);
    case 'Condition': {
      const { condition, ifClause, elseClause } = node;
      const [yes, no] = [ifClause, elseClause].map((inner) => inner && compileNode(inner, path, context));
      return (run) => (run.conditions[condition] === true ? yes : no)?.(run);
    }
    case 'Defer':
      throw new Error('The planner was not asked to defer.');
  }
}

function inSequence(steps: readonly Step[]): Step {
  return async (run) => {
    for (const step of steps) {
      const done = step(run);
      if (done) await done;
    }
  };
}

export function inParallel(steps: readonly Step[]): Step {
  return (run) => {
    const pending: Promise<void>[] = [];
    for (const step of steps) {
      const done = step(run);
      if (done) pending.push(done);
    }
    return pending.length > 1 ? Promise.all(pending).then(() => undefined) : pending[0];
  };
}
