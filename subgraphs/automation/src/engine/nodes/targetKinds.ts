import type { ActionOf, FanOut, NodeSettings, WorkflowNode } from '../../workflows/definition.ts';

export type TargetKind = 'command' | 'script' | 'libraryStep' | 'upload' | 'download' | 'sync' | 'templateFile';
export type TargetNode = NodeSettings & ActionOf<TargetKind>;

const targetKinds: ReadonlySet<string> = new Set<TargetKind>([
  'command',
  'script',
  'libraryStep',
  'upload',
  'download',
  'sync',
  'templateFile',
]);

/** Whether a node is work on targets: it has tasks. */
export function isTargetNode(node: WorkflowNode): node is TargetNode {
  return targetKinds.has(node.kind);
}

export function fanOutOf(node: WorkflowNode): FanOut {
  return isTargetNode(node) ? (node.fanOut ?? {}) : {};
}
