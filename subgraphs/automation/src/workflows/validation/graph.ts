/** Workflows as graphs: who comes before whom. Pure, and safe for graphs that have cycles or lack nodes. */
import type { Workflow, WorkflowNode } from '../definition.ts';

/** Nodes that are run for another node and never by an edge, with those that they are run for. */
export function ownersOfHandlers({ nodes }: Workflow): Map<string, WorkflowNode[]> {
  const owners = new Map<string, WorkflowNode[]>();
  for (const node of nodes) for (const { id } of handlersOf(node)) owners.set(id, [...(owners.get(id) ?? []), node]);
  return owners;
}

/** The handlers that a node names, with the field that names them. */
export function handlersOf(node: WorkflowNode): { field: string; id: string }[] {
  return [
    { field: 'onFailure', id: node.onFailure },
    { field: 'compensateWith', id: node.compensateWith },
    { field: 'node', id: node.kind === 'waitUntil' ? node.node : undefined },
  ].filter((handler): handler is { field: string; id: string } => handler.id !== undefined);
}

/** For each node, all those from which edges lead to it. */
export function ancestorsOf({ nodes, edges }: Workflow): Map<string, ReadonlySet<string>> {
  const parents = new Map<string, string[]>();
  for (const { from, to } of edges) parents.set(to, [...(parents.get(to) ?? []), from]);
  return new Map(nodes.map(({ id }) => [id, reach(parents.get(id) ?? [], (next) => parents.get(next) ?? [])]));
}

/** All that can be reached from some nodes, those included. */
export function reachableFrom({ edges }: Workflow, roots: readonly string[]): ReadonlySet<string> {
  const children = new Map<string, string[]>();
  for (const { from, to } of edges) children.set(from, [...(children.get(from) ?? []), to]);
  return reach(roots, (next) => children.get(next) ?? []);
}

function reach(from: readonly string[], next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    open.push(...next(id));
  }
  return reached;
}

/** One way round for each group of nodes that lead to each other. */
export function findCycles(workflow: Workflow): string[][] {
  const ancestors = ancestorsOf(workflow);
  const cycles: string[][] = [];
  const covered = new Set<string>();
  for (const { id } of workflow.nodes) {
    if (covered.has(id) || !ancestors.get(id)?.has(id)) continue;
    for (const other of ancestors.get(id) ?? []) if (ancestors.get(other)?.has(id)) covered.add(other);
    cycles.push(shortestWayRound(workflow, id));
  }
  return cycles;
}

function shortestWayRound({ edges }: Workflow, start: string): string[] {
  const cameFrom = new Map<string, string>();
  const open = [start];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    for (const { from, to } of edges) {
      if (from !== id || cameFrom.has(to)) continue;
      cameFrom.set(to, id);
      open.push(to);
    }
  }
  const way = [start];
  for (let id = cameFrom.get(start); id !== undefined && id !== start; id = cameFrom.get(id)) way.unshift(id);
  return [start, ...way];
}

/** Nodes in an order in which each comes after all that lead to it; those of cycles at the end. */
export function inOrder(workflow: Workflow): WorkflowNode[] {
  const ancestors = ancestorsOf(workflow);
  const owners = ownersOfHandlers(workflow);
  const rank = (node: WorkflowNode): number =>
    Math.max(...[node, ...(owners.get(node.id) ?? [])].map(({ id }) => ancestors.get(id)?.size ?? 0));
  // Whoever leads to a node has fewer ancestors than it; a handler comes right after those that it is run for, and a
  // node that a wait runs before its looks has none of its own.
  return [...workflow.nodes].sort(
    (one, other) => rank(one) - rank(other) || Number(owners.has(one.id)) - Number(owners.has(other.id)),
  );
}
