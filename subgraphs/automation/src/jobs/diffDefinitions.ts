import type { Edge, JobDefinition, Workflow, WorkflowNode } from '../workflows/definition.ts';
import { canonicalJson } from './canonicalJson.ts';

export interface DefinitionChange {
  readonly kind: 'ADDED' | 'REMOVED' | 'CHANGED';
  readonly part: 'NODE' | 'EDGE' | 'PARAMETER' | 'SETTING';
  /** Id of the node, name of the parameter, `from -> to` of the edge. */
  readonly name: string | null;
  readonly field: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

/** What has to be done to one definition to make the other of it: nothing else, and everything. */
export function diffDefinitions(before: JobDefinition, after: JobDefinition): DefinitionChange[] {
  return [
    ...diffNamed('PARAMETER', byName(before), byName(after)),
    ...diffNamed('NODE', nodesOf(before.workflow), nodesOf(after.workflow)),
    ...diffEdges(edgesOf(before.workflow), edgesOf(after.workflow)),
    ...diffFields('SETTING', null, settingsOf(before), settingsOf(after)),
  ];
}

type Named = ReadonlyMap<string, object>;

function byName({ parameters }: JobDefinition): Named {
  return new Map(parameters.map((parameter, index) => [parameter.name, { ...parameter, place: index }]));
}

/** All nodes, those in the bodies of loops with the loop that they are in. */
function nodesOf({ nodes }: Workflow, loop?: string): Map<string, object> {
  return new Map(nodes.flatMap((node) => [[node.id, withoutBody(node, loop)] as const, ...bodyOf(node)]));
}

function bodyOf(node: WorkflowNode): [string, object][] {
  return node.kind === 'forEach' ? [...nodesOf(node.body, node.id)] : [];
}

function withoutBody(node: WorkflowNode, loop: string | undefined): object {
  const inside = loop === undefined ? {} : { loop };
  if (node.kind !== 'forEach') return { ...node, ...inside };
  const { body: _, ...rest } = node;
  return { ...rest, ...inside };
}

function edgesOf({ nodes, edges }: Workflow): Edge[] {
  return [...edges, ...nodes.flatMap((node) => (node.kind === 'forEach' ? edgesOf(node.body) : []))];
}

function settingsOf({ parameters: _, workflow: __, policies, ...settings }: JobDefinition): object {
  const ofPolicies = Object.entries(policies ?? {}).map(([name, value]): [string, unknown] => [
    `policies.${name}`,
    value,
  ]);
  return { ...settings, ...Object.fromEntries(ofPolicies) };
}

function diffNamed(part: 'NODE' | 'PARAMETER', before: Named, after: Named): DefinitionChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.flatMap((name): DefinitionChange[] => {
    const earlier = before.get(name);
    const later = after.get(name);
    if (earlier && later) return diffFields(part, name, earlier, later);
    const kind = later ? 'ADDED' : 'REMOVED';
    return [{ kind, part, name, field: null, before: earlier ?? null, after: later ?? null }];
  });
}

function diffFields(
  part: DefinitionChange['part'],
  name: string | null,
  before: object,
  after: object,
): DefinitionChange[] {
  const earlier = new Map(Object.entries(before));
  const later = new Map(Object.entries(after));
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((field): DefinitionChange[] => {
    const [old, fresh] = [earlier.get(field) as unknown, later.get(field) as unknown];
    if (canonicalJson(old ?? null) === canonicalJson(fresh ?? null)) return [];
    const kind = old === undefined ? 'ADDED' : fresh === undefined ? 'REMOVED' : 'CHANGED';
    return [{ kind, part, name, field, before: old ?? null, after: fresh ?? null }];
  });
}

/** An edge has no name: one that is different in anything is another one. */
function diffEdges(before: readonly Edge[], after: readonly Edge[]): DefinitionChange[] {
  const known = new Set(before.map(canonicalJson));
  const wanted = new Set(after.map(canonicalJson));
  const change = (kind: 'ADDED' | 'REMOVED', edge: Edge): DefinitionChange => ({
    kind,
    part: 'EDGE',
    name: `${edge.from} -> ${edge.to}`,
    field: null,
    before: kind === 'REMOVED' ? edge : null,
    after: kind === 'ADDED' ? edge : null,
  });
  return [
    ...before.filter((edge) => !wanted.has(canonicalJson(edge))).map((edge) => change('REMOVED', edge)),
    ...after.filter((edge) => !known.has(canonicalJson(edge))).map((edge) => change('ADDED', edge)),
  ];
}
