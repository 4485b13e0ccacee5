/**
 * A plan may join what is fetched under a condition with what is not, and ask for the requirements of both in one
 * representation. What the condition has left out is then not known, and may be left out of the representation too;
 * anything else that is not known means that the entity cannot be asked for.
 */
import type { PlanNode, QueryPlan } from '@apollo/query-planner';
import { Kind, parse } from 'graphql';
import type { DirectiveNode, SelectionSetNode } from 'graphql';

export type AbsentKeys = (conditions: Readonly<Record<string, unknown>>) => ReadonlySet<string>;

/** @returns a function that gives the keys that no fetch of the plans asks for under these conditions */
export function compileAbsentKeys(plans: readonly QueryPlan[]): AbsentKeys {
  const operations = plans.flatMap(({ node }) => (node && node.kind !== 'Subscription' ? operationsIn(node) : []));
  const selectionSets = operations.filter((text) => /@(skip|include)\b/.test(text)).flatMap(selectionSetsIn);
  if (selectionSets.length === 0) return () => none;
  return (conditions) => {
    const [asked, left] = [new Set<string>(), new Set<string>()];
    const visit = ({ selections }: SelectionSetNode, isAsked: boolean): void => {
      for (const node of selections) {
        const isIn = isAsked && isIncluded(node.directives, conditions);
        if (node.kind === Kind.FIELD) (isIn ? asked : left).add(node.alias?.value ?? node.name.value);
        if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) visit(node.selectionSet, isIn);
      }
    };
    for (const selectionSet of selectionSets) visit(selectionSet, true);
    return new Set([...left].filter((key) => !asked.has(key)));
  };
}

const none: ReadonlySet<string> = new Set();

function operationsIn(node: PlanNode): string[] {
  switch (node.kind) {
    case 'Fetch':
      return [node.operation];
    case 'Flatten':
      return operationsIn(node.node);
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((inner) => (inner ? operationsIn(inner) : []));
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(operationsIn);
    case 'Defer':
      return [];
  }
}

function selectionSetsIn(operation: string): SelectionSetNode[] {
  const { definitions } = parse(operation, { noLocation: true });
  return definitions.flatMap((definition) => ('selectionSet' in definition ? definition.selectionSet : []));
}

function isIncluded(directives: readonly DirectiveNode[] = [], conditions: Readonly<Record<string, unknown>>): boolean {
  return directives.every(({ name, arguments: [condition] = [] }) => {
    const value = condition?.value.kind === Kind.VARIABLE ? conditions[condition.value.name.value] === true : undefined;
    if (value === undefined) return true;
    return name.value === 'skip' ? !value : name.value !== 'include' || value;
  });
}
