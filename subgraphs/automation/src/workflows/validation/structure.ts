/** What makes a workflow one: its start, its edges, its handlers. */
import type { Edge, NodeKind, Workflow, WorkflowNode } from '../definition.ts';
import { findCycles, handlersOf, ownersOfHandlers, reachableFrom } from './graph.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';

/** Problems of all workflows of a job, the bodies of its loops included. */
export function checkStructure(main: Workflow): DefinitionProblem[] {
  return [
    ...checkIds(main),
    ...workflowsOf(main).flatMap(({ workflow, loop }) => [
      ...checkStart(workflow, loop),
      ...checkEdges(workflow, loop),
      ...checkHandlers(workflow),
      ...checkPaths(workflow, loop),
      ...workflow.nodes.flatMap((node) => checkNode(node, workflow)),
    ]),
  ];
}

/** A workflow and the bodies of its loops, each with the loop that it is of. */
export function workflowsOf(
  workflow: Workflow,
  loop: string | null = null,
): { workflow: Workflow; loop: string | null }[] {
  const bodies = workflow.nodes.flatMap((node) => (node.kind === 'forEach' ? workflowsOf(node.body, node.id) : []));
  return [{ workflow, loop }, ...bodies];
}

function checkIds(main: Workflow): DefinitionProblem[] {
  const ids = workflowsOf(main).flatMap(({ workflow }) => workflow.nodes.map(({ id }) => id));
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index);
  return [...new Set(repeated)].map((id) => problem('DUPLICATE', id, 'id', `Another node is called ${id}.`));
}

function checkStart({ nodes }: Workflow, loop: string | null): DefinitionProblem[] {
  const [first, ...more] = nodes.filter(({ kind }) => kind === 'start');
  const field = loop === null ? 'workflow.nodes' : 'body.nodes';
  if (nodes.length === 0 && loop !== null) return [problem('SHAPE', loop, field, 'The body has no nodes.')];
  if (!first && loop === null) return [problem('MISSING_START', null, field, 'There is no start node.')];
  return more.map(({ id }) => problem('DUPLICATE', id, 'kind', 'There is another start node.'));
}

function checkEdges({ nodes, edges }: Workflow, loop: string | null): DefinitionProblem[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const seen = new Set<string>();
  return edges.flatMap((edge, index) => {
    const at = `${loop === null ? 'workflow' : 'body'}.edges.${index}`;
    const found = [...checkEnds(edge, byId, loop, at), ...checkCondition(edge, loop, at)];
    const key = JSON.stringify([edge.from, edge.to, edge.on, edge.branch, edge.whenExpression]);
    if (seen.has(key)) found.push(problem('DUPLICATE', loop, at, 'The same edge is there twice.'));
    seen.add(key);
    return found;
  });
}

function checkEnds(
  { from, to, branch }: Edge,
  byId: ReadonlyMap<string, WorkflowNode>,
  loop: string | null,
  at: string,
): DefinitionProblem[] {
  const source = byId.get(from);
  const target = byId.get(to);
  const found: DefinitionProblem[] = [];
  if (!source) found.push(problem('NODE', loop, `${at}.from`, `There is no node ${from}${besides(loop)}.`));
  if (!target) found.push(problem('NODE', loop, `${at}.to`, `There is no node ${to}${besides(loop)}.`));
  if (source?.kind === 'end') found.push(problem('EDGE', loop, `${at}.from`, 'No edge leads away from an end.'));
  if (target?.kind === 'start') found.push(problem('EDGE', loop, `${at}.to`, 'No edge leads to a start.'));
  const branches = source && branchesOf(source);
  if (branch !== undefined && source && !branches?.includes(branch)) {
    const has = branches ? `has the branches ${branches.join(', ')}` : 'has no branches';
    found.push(problem('BRANCH', loop, `${at}.branch`, `${from} ${has}, and not ${branch}.`));
  }
  return found;
}

function besides(loop: string | null): string {
  return loop === null ? '' : ` in the body of ${loop}`;
}

function checkCondition({ on, whenExpression }: Edge, loop: string | null, at: string): DefinitionProblem[] {
  if ((on === 'expression') === (whenExpression !== undefined)) return [];
  const message = on === 'expression' ? 'An edge on an expression needs one.' : `An edge on ${on} has no expression.`;
  return [problem('EDGE', loop, `${at}.whenExpression`, message)];
}

/** The ways that edges from a node can name; undefined when it has only one. */
export function branchesOf(node: WorkflowNode): readonly string[] | undefined {
  switch (node.kind) {
    case 'condition':
      return ['true', 'false'];
    case 'approval':
      return ['approved', 'rejected'];
    case 'switch':
      return [...node.cases, 'default'];
    default:
      return undefined;
  }
}

/** Kinds that only lead the way: nobody can run one alone for another node. */
const leading: ReadonlySet<NodeKind> = new Set(['start', 'end', 'condition', 'switch', 'parallel', 'join']);

function checkHandlers(workflow: Workflow): DefinitionProblem[] {
  const byId = new Map(workflow.nodes.map((node) => [node.id, node]));
  const onPath = new Set(workflow.edges.flatMap(({ from, to }) => [from, to]));
  const owners = ownersOfHandlers(workflow);
  return workflow.nodes.flatMap((node) =>
    handlersOf(node).flatMap(({ field, id }) => {
      const handler = byId.get(id);
      if (!handler) return [problem('NODE', node.id, field, `There is no node ${id} beside it.`)];
      if (id === node.id) return [problem('NODE', node.id, field, 'A node cannot be run for itself.')];
      if (leading.has(handler.kind))
        return [problem('NODE', node.id, field, `${id} does nothing that could be run here.`)];
      if (onPath.has(id))
        return [problem('NODE', node.id, field, `${id} is run for ${node.id} and cannot have edges of its own.`)];
      if (owners.has(node.id))
        return [problem('NODE', node.id, field, `${node.id} is itself run for another node and cannot have ${field}.`)];
      return [];
    }),
  );
}

function checkPaths(workflow: Workflow, loop: string | null): DefinitionProblem[] {
  const cycles = findCycles(workflow).map((way) =>
    problem('CYCLE', way[0] ?? null, 'id', `The edges lead in a circle: ${way.join(' -> ')}.`),
  );
  const handlers = ownersOfHandlers(workflow);
  const starts = workflow.nodes.filter(({ kind }) => kind === 'start');
  // Without a start, which is said elsewhere, everything would be unreachable: that helps nobody.
  if (starts.length === 0 && loop === null) return cycles;
  const targets = new Set(workflow.edges.map(({ to }) => to));
  const roots = starts.length > 0 ? starts : workflow.nodes.filter(({ id }) => !targets.has(id) && !handlers.has(id));
  const reached = reachableFrom(
    workflow,
    roots.map(({ id }) => id),
  );
  const unreachable = workflow.nodes.filter(({ id }) => !reached.has(id) && !handlers.has(id));
  return [
    ...cycles,
    ...unreachable.map(({ id }) => problem('UNREACHABLE', id, 'id', 'No way leads here from the start.')),
  ];
}

function checkNode(node: WorkflowNode, { edges }: Workflow): DefinitionProblem[] {
  if (node.kind === 'switch') {
    const found = node.cases.flatMap((each, index) =>
      node.cases.indexOf(each) === index
        ? []
        : [problem('DUPLICATE', node.id, `cases.${index}`, `${each} is there twice.`)],
    );
    if (node.cases.includes('default'))
      found.push(problem('CONFLICT', node.id, 'cases', 'default stands for every value that is no case.'));
    return found;
  }
  if (node.kind === 'join' && typeof node.needs === 'number') {
    const incoming = edges.filter(({ to }) => to === node.id).length;
    if (node.needs > incoming) return [problem('CONFLICT', node.id, 'needs', `Only ${incoming} edges lead here.`)];
  }
  if (node.retry?.maxDelaySeconds !== undefined && node.retry.maxDelaySeconds < node.retry.delaySeconds)
    return [problem('CONFLICT', node.id, 'retry.maxDelaySeconds', 'It is less than delaySeconds.')];
  return [];
}
