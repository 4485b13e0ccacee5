/**
 * Which nodes of a workflow come next: a pure function of the workflow and of what its steps have come to. A node is
 * looked at once every edge into it is decided: it begins when one of them is taken and is skipped when none is, and
 * that decides the edges behind it. A join may begin earlier.
 */
import type { Edge, Workflow, WorkflowNode } from '../../workflows/definition.ts';

/** What is known of a node that has a step. */
export interface StepFacts {
  /** Its last attempt has ended, its failure handler has run, and its edges are decided. */
  readonly isSettled: boolean;
  readonly hasFailed: boolean;
  readonly isRecovery: boolean;
  /** Indexes of the workflow's edges that are followed from it; once it is settled. */
  readonly takenEdges: readonly number[];
}

export interface NextNodes {
  readonly ready: readonly { readonly node: WorkflowNode; readonly isRecovery: boolean }[];
  /** No edge leads to them any more. */
  readonly dead: readonly WorkflowNode[];
  /** Joins that wait for more branches than can still arrive. */
  readonly starved: readonly WorkflowNode[];
}

/**
 * @param isFailing then only nodes begin that are there for a failure: behind an edge on failure or always of a node, or
 *   behind such a node
 */
export function nextNodes(workflow: Workflow, steps: ReadonlyMap<string, StepFacts>, isFailing: boolean): NextNodes {
  const handlers = handlersOf(workflow);
  const incoming = edgesByTarget(workflow);
  const roots = rootsOf(workflow, handlers, incoming);
  const ready: NextNodes['ready'][number][] = [];
  const dead: WorkflowNode[] = [];
  const starved: WorkflowNode[] = [];
  for (const node of workflow.nodes) {
    if (steps.has(node.id) || handlers.has(node.id)) continue;
    if (roots.has(node.id)) {
      if (!isFailing) ready.push({ node, isRecovery: false });
      continue;
    }
    const edges = (incoming.get(node.id) ?? []).map((indexed) => ({ ...indexed, state: stateOf(indexed, steps) }));
    const taken = edges.filter(({ state }) => state === 'taken');
    const undecided = edges.filter(({ state }) => state === 'undecided');
    const needed = node.kind === 'join' ? neededBy(node.needs, edges.length) : undefined;
    if (needed !== undefined && taken.length + undecided.length < needed && taken.length > 0) starved.push(node);
    else if (needed !== undefined ? taken.length >= needed : undecided.length === 0 && taken.length > 0) {
      const isRecovery = taken.some(({ edge }) => leadsToRecovery(edge, steps.get(edge.from)));
      if (isRecovery || !isFailing) ready.push({ node, isRecovery });
    } else if (undecided.length === 0) dead.push(node);
  }
  return { ready, dead, starved };
}

/** Nodes that are run for another node, never by an edge. */
export function handlersOf({ nodes }: Workflow): ReadonlySet<string> {
  const namedBy = (node: WorkflowNode) => [
    node.onFailure,
    node.compensateWith,
    node.kind === 'waitUntil' ? node.node : undefined,
  ];
  return new Set(nodes.flatMap(namedBy).filter(isText));
}

interface IndexedEdge {
  readonly edge: Edge;
  readonly index: number;
}

function edgesByTarget({ edges }: Workflow): Map<string, IndexedEdge[]> {
  const byTarget = new Map<string, IndexedEdge[]>();
  edges.forEach((edge, index) => byTarget.set(edge.to, [...(byTarget.get(edge.to) ?? []), { edge, index }]));
  return byTarget;
}

/** The start node; in a workflow without one, whatever no edge leads to. */
function rootsOf(
  { nodes }: Workflow,
  handlers: ReadonlySet<string>,
  incoming: Map<string, IndexedEdge[]>,
): Set<string> {
  const starts = nodes.filter(({ kind }) => kind === 'start');
  const roots = starts.length > 0 ? starts : nodes.filter(({ id }) => !incoming.has(id) && !handlers.has(id));
  return new Set(roots.map(({ id }) => id));
}

function stateOf({ edge, index }: IndexedEdge, steps: ReadonlyMap<string, StepFacts>): 'taken' | 'dead' | 'undecided' {
  const source = steps.get(edge.from);
  if (!source?.isSettled) return 'undecided';
  return source.takenEdges.includes(index) ? 'taken' : 'dead';
}

function neededBy(needs: 'all' | 'any' | number | undefined, edges: number): number | undefined {
  if (needs === 'any') return 1;
  return typeof needs === 'number' ? Math.min(needs, edges) : undefined;
}

function leadsToRecovery(edge: Edge, source: StepFacts | undefined): boolean {
  return edge.on === 'always' || source?.isRecovery === true || (source?.hasFailed === true && edge.on !== 'success');
}

function isText(value: string | undefined): value is string {
  return value !== undefined;
}
