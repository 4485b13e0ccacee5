/**
 * Parts of the model that no engine acts on yet. They are refused when a definition is saved: a policy that is kept and not
 * followed, or a node that can only fail, is a promise that nobody keeps.
 */
import type { JobDefinition, WorkflowNode } from '../definition.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';
import { workflowsOf } from './structure.ts';
import { isOnTargets } from './texts.ts';

const policiesNotFollowed = ['retries', 'notifications', 'retention'] as const;
/** A notification would succeed without anybody being told: nothing delivers it. */
const kindsNotRun: ReadonlySet<string> = new Set(['upload', 'download', 'sync', 'templateFile', 'notification']);

export function findUnsupported({ workflow, policies }: JobDefinition): DefinitionProblem[] {
  return [
    ...policiesNotFollowed
      .filter((name) => policies?.[name] !== undefined)
      .map((name) => unsupported(null, `policies.${name}`, `The policy ${name} is not followed yet.`)),
    ...workflowsOf(workflow).flatMap(({ workflow: { nodes } }) => nodes.flatMap(ofNode)),
  ];
}

function ofNode(node: WorkflowNode): DefinitionProblem[] {
  const { id, kind, outputs = [] } = node;
  const found = outputs.flatMap(({ isSecret }, index) =>
    isSecret ? [unsupported(id, `outputs.${index}.isSecret`, 'Secret outputs cannot be kept yet.')] : [],
  );
  if (kindsNotRun.has(kind)) found.push(unsupported(id, 'kind', `Nodes of the kind ${kind} cannot be run yet.`));
  if (!isOnTargets(node)) return found;
  if (node.guard) found.push(unsupported(id, 'guard', 'A guard on the target is not set yet.'));
  if (node.fanOut?.filter !== undefined)
    found.push(unsupported(id, 'fanOut.filter', 'A node cannot narrow the targets of its execution yet.'));
  return found;
}

function unsupported(node: string | null, field: string, message: string): DefinitionProblem {
  return problem('UNSUPPORTED', node, field, message);
}
