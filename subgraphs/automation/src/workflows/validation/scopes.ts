/** What expressions can see where, as types: from the parameters' declarations and from the nodes that can have run before. */
import type { Parameter, ValueType, Workflow, WorkflowNode } from '../definition.ts';
import type { ScopeType, ScopeTypes } from '../expressions/index.ts';
import { ancestorsOf, handlersOf, ownersOfHandlers } from './graph.ts';

/** Types of what nodes compute, filled while a job is checked in the order in which it runs. */
export interface ComputedTypes {
  /** Of a `transform` node, by name. */
  readonly outputs: Map<string, Record<string, ValueType | 'any'>>;
  /** Of a `setVariables` node, by name. */
  readonly variables: Map<string, Record<string, ValueType | 'any'>>;
}

/** A place in a job: the workflow, and what the loops around it see. */
export interface Surroundings {
  readonly parameters: readonly Parameter[];
  /** Nodes before the loop, and before the loops around that. */
  readonly outerNodes: readonly WorkflowNode[];
  /** The loop whose body it is; null for the job's own workflow. */
  readonly loop: string | null;
}

/** @returns for a node, those of its workflow that can have run before it */
export function predecessorsOf(workflow: Workflow): (node: WorkflowNode) => WorkflowNode[] {
  const ancestors = ancestorsOf(workflow);
  const owners = ownersOfHandlers(workflow);
  return (node) => {
    const ids = new Set(ancestors.get(node.id) ?? []);
    for (const owner of owners.get(node.id) ?? []) {
      for (const id of ancestors.get(owner.id) ?? []) ids.add(id);
      // The condition of a wait is looked at after its node has run, everything else before.
      if (owner.kind !== 'waitUntil' || owner.node !== node.id) ids.add(owner.id);
    }
    if (node.kind === 'waitUntil' && node.node !== undefined) ids.add(node.node);
    for (const { id } of workflow.nodes.filter((each) => ids.has(each.id)).flatMap(handlersOf)) ids.add(id);
    ids.delete(node.id);
    return workflow.nodes.filter(({ id }) => ids.has(id));
  };
}

export function scopeOf(
  { parameters, outerNodes, loop }: Surroundings,
  before: readonly WorkflowNode[],
  computed: ComputedTypes,
): ScopeTypes {
  const nodes = [...outerNodes, ...before];
  return {
    inputs: inputTypes(parameters),
    vars: variableTypes(nodes, computed),
    steps: Object.fromEntries(nodes.map((node) => [node.id, stepType(node, computed)])),
    execution: { id: 'text', number: 'integer', startedAt: 'text' },
    ...(loop !== null && { item: 'any', index: 'integer' }),
  };
}

/** The scope inside of a task. */
export function withTarget(scope: ScopeTypes): ScopeTypes {
  return { ...scope, target: { id: 'text', name: 'text', labels: 'object' } };
}

export function inputTypes(parameters: readonly Parameter[]): Record<string, ScopeType> {
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, inputType(parameter)]));
}

function inputType({ type, isRequired, default: preset, visibleExpression }: Parameter): ScopeType {
  // Where nothing was given the value is null, which is of no type.
  if (visibleExpression !== undefined || (isRequired !== true && preset === undefined)) return 'any';
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return type;
    case 'multiChoice':
      return 'list';
    default:
      return 'text';
  }
}

function stepType(node: WorkflowNode, { outputs }: ComputedTypes): ScopeType {
  return { status: 'text', exitCode: 'any', outputs: outputTypes(node, outputs) };
}

function outputTypes(node: WorkflowNode, computed: ComputedTypes['outputs']): ScopeType {
  const declared = Object.fromEntries((node.outputs ?? []).map(({ name, type }) => [name, type]));
  switch (node.kind) {
    case 'approval':
      return { ...inputTypes(node.form ?? []), ...declared };
    case 'transform': {
      const types = computed.get(node.id) ?? {};
      return Object.fromEntries(Object.keys(node.outputExpressions).map((name) => [name, types[name] ?? 'any']));
    }
    case 'forEach':
      return { count: 'integer', succeeded: 'integer', failed: 'integer' };
    case 'subJob':
    case 'libraryStep':
      // What they give is known where they are defined, which may change without this job.
      return 'any';
    default:
      return declared;
  }
}

function variableTypes(nodes: readonly WorkflowNode[], { variables }: ComputedTypes): Record<string, ScopeType> {
  const types: Record<string, ScopeType> = {};
  for (const node of nodes.flatMap(withBodies)) {
    if (node.kind !== 'setVariables') continue;
    for (const name of Object.keys(node.variableExpressions)) {
      const type = variables.get(node.id)?.[name] ?? 'any';
      // Set twice, with values of two types: which one it is only the run tells.
      types[name] = types[name] === undefined || types[name] === type ? type : 'any';
    }
  }
  return types;
}

function withBodies(node: WorkflowNode): WorkflowNode[] {
  return node.kind === 'forEach' ? [node, ...node.body.nodes.flatMap(withBodies)] : [node];
}
