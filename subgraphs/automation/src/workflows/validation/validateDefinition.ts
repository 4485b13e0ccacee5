/**
 * Finds everything that is wrong with a job's definition before anything runs: its shape, its graph, its parameters, and
 * every expression against what it can see at its place.
 */
import { RE2JS } from 're2js';
import type { JobDefinition, OutputDeclaration, Parameter, ValueType, Workflow, WorkflowNode } from '../definition.ts';
import type { CheckedExpression, Expressions } from '../expressions/index.ts';
import { parseJsonPath } from '../outputs/jsonPath.ts';
import { checkText, expressionProblems, problemsOf } from './expressionProblems.ts';
import { inOrder } from './graph.ts';
import { checkParameters, findFilterFault, isPattern } from './parameters.ts';
import { parseDefinition } from './parseDefinition.ts';
import { problem } from './problem.ts';
import type { DefinitionProblem } from './problem.ts';
import { predecessorsOf, scopeOf, withTarget } from './scopes.ts';
import type { ComputedTypes, Surroundings } from './scopes.ts';
import { secretsShown } from './secrets.ts';
import { checkStructure } from './structure.ts';
import { isOnTargets, textsOf } from './texts.ts';
import type { NodeText } from './texts.ts';
import { findUnsupported } from './unsupported.ts';

export interface ValidatedDefinition {
  /** Undefined when its shape is wrong. With problems it may be shown and kept as a draft, and must not be run. */
  readonly definition: JobDefinition | undefined;
  readonly problems: readonly DefinitionProblem[];
}

/** @param json of unknown origin */
export async function validateDefinition(json: unknown, expressions: Expressions): Promise<ValidatedDefinition> {
  const { definition, problems } = parseDefinition(json);
  if (!definition) return { definition, problems };
  const { workflow, parameters, policies, targetFilter } = definition;
  const found = [
    ...checkStructure(workflow),
    ...(targetFilter === undefined ? [] : checkFilter(targetFilter, null, 'targetFilter')),
    ...(await checkParameters(parameters, null, 'parameters', expressions)),
    ...(await checkForm(policies?.approval?.form, null, 'policies.approval.form', expressions)),
    ...(await checkApprovalMessage(definition, expressions)),
    ...(await checkWorkflow(definition, expressions)),
    ...findUnsupported(definition),
  ];
  return { definition, problems: found };
}

/** What approvers answer is kept and shown: it is not the place for secrets, nor for files. */
async function checkForm(
  form: readonly Parameter[] = [],
  node: string | null,
  at: string,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  const misplaced = form.flatMap(({ type }, index) =>
    type === 'secret' || type === 'file'
      ? [problem('CONFLICT', node, `${at}.${index}.type`, `A form has no ${type}.`)]
      : [],
  );
  return [...misplaced, ...(await checkParameters(form, node, at, expressions))];
}

async function checkApprovalMessage(
  { policies, parameters }: JobDefinition,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  if (!policies?.approval) return [];
  const scope = scopeOf({ parameters, outerNodes: [], loop: null }, [], {
    outputs: new Map(),
    variables: new Map(),
  });
  const text = {
    field: 'policies.approval.message',
    kind: 'template',
    text: policies.approval.message,
    expects: 'text',
  } as const;
  const checked = await checkText(expressions, scope, text);
  return [...problemsOf(checked, text, null), ...secretsShown(checked, text.field, null, parameters, [])];
}

function checkWorkflow(
  { workflow, parameters }: JobDefinition,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  const computed: ComputedTypes = { outputs: new Map(), variables: new Map() };
  return checkNodes(workflow, { parameters, outerNodes: [], loop: null }, computed, expressions);
}

async function checkNodes(
  workflow: Workflow,
  around: Surroundings,
  computed: ComputedTypes,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  const found: DefinitionProblem[] = [];
  const before = predecessorsOf(workflow);
  // One after the other: what a node computes is typed when those behind it are checked.
  for (const node of inOrder(workflow)) {
    const earlier = before(node);
    found.push(...(await checkNode(node, earlier, around, computed, expressions)));
    if (node.kind !== 'forEach') continue;
    const inside = { ...around, outerNodes: [...around.outerNodes, ...earlier], loop: node.id };
    found.push(...(await checkNodes(node.body, inside, computed, expressions)));
  }
  return [...found, ...(await checkEdges(workflow, before, around, computed, expressions))];
}

async function checkNode(
  node: WorkflowNode,
  earlier: readonly WorkflowNode[],
  around: Surroundings,
  computed: ComputedTypes,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  const scope = scopeOf(around, earlier, computed);
  const inTask = withTarget(scope);
  const texts = textsOf(node).filter(({ kind, text }) => kind === 'expression' || text.includes('${{'));
  const checked = await Promise.all(
    texts.map(async (text) => ({ text, result: await checkText(expressions, text.isInTask ? inTask : scope, text) })),
  );
  keepTypes(node, checked, computed);
  const visible = [...around.outerNodes, ...earlier];
  return [
    ...checked.flatMap(({ text, result }) => [
      ...problemsOf(result, text, node.id),
      ...(text.isShown ? secretsShown(result, text.field, node.id, around.parameters, visible) : []),
    ]),
    ...checkOutputs(node),
    ...(isOnTargets(node) && node.fanOut?.filter !== undefined
      ? checkFilter(node.fanOut.filter, node.id, 'fanOut.filter')
      : []),
    ...(node.kind === 'approval' ? await checkForm(node.form, node.id, 'form', expressions) : []),
  ];
}

/** What `transform` and `setVariables` compute is of the types of their expressions. */
function keepTypes(
  node: WorkflowNode,
  checked: readonly { text: NodeText; result: CheckedExpression }[],
  { outputs, variables }: ComputedTypes,
): void {
  const types = node.kind === 'transform' ? outputs : node.kind === 'setVariables' ? variables : undefined;
  types?.set(
    node.id,
    Object.fromEntries(
      checked.map(({ text, result }): [string, ValueType | 'any'] => [text.field.split('.')[1] ?? '', result.type]),
    ),
  );
}

async function checkEdges(
  { nodes, edges }: Workflow,
  before: (node: WorkflowNode) => WorkflowNode[],
  around: Surroundings,
  computed: ComputedTypes,
  expressions: Expressions,
): Promise<DefinitionProblem[]> {
  const found = await Promise.all(
    edges.map(async ({ from, whenExpression }, index) => {
      const source = nodes.find(({ id }) => id === from);
      if (whenExpression === undefined || !source) return [];
      const scope = scopeOf(around, [...before(source), source], computed);
      const field = `${around.loop === null ? 'workflow' : 'body'}.edges.${index}.whenExpression`;
      const text = { field, kind: 'expression', text: whenExpression, expects: 'boolean' } as const;
      return expressionProblems(expressions, scope, around.loop, [text]);
    }),
  );
  return found.flat();
}

function checkFilter(text: string, node: string | null, field: string): DefinitionProblem[] {
  const fault = findFilterFault(text);
  if (!fault) return [];
  const { message, position } = fault;
  return [{ ...problem('FILTER', node, field, message), start: position, end: Math.min(position + 1, text.length) }];
}

/** Kinds that have an output to read values from: of a program, or the body of an answer. */
const readable: ReadonlySet<string> = new Set(['command', 'script', 'libraryStep', 'http']);

function checkOutputs(node: WorkflowNode): DefinitionProblem[] {
  const { outputs = [] } = node;
  if (outputs.length > 0 && !readable.has(node.kind))
    return [
      problem('CONFLICT', node.id, 'outputs', `A node of the kind ${node.kind} has no output to read values from.`),
    ];
  return outputs.flatMap((output, index) => {
    const isRepeated = outputs.findIndex(({ name }) => name === output.name) !== index;
    return [
      ...(isRepeated ? [problem('DUPLICATE', node.id, `outputs.${index}.name`, 'The name is there twice.')] : []),
      ...checkSource(output).map(({ code, field, message }) =>
        problem(code, node.id, `outputs.${index}.${field}`, message),
      ),
    ];
  });
}

type SourceProblem = Pick<DefinitionProblem, 'code' | 'field' | 'message'>;

function checkSource({ type, from }: OutputDeclaration): SourceProblem[] {
  if (from.parse === 'regex') {
    if (!isPattern(from.pattern)) return [{ code: 'PATTERN', field: 'from.pattern', message: 'It is not RE2 syntax.' }];
    const groups = RE2JS.compile(from.pattern).groupCount();
    if ((from.group ?? 0) > groups)
      return [{ code: 'PATTERN', field: 'from.group', message: `The pattern has ${groups} groups.` }];
  }
  if (from.parse === 'json' && from.path !== undefined && !parseJsonPath(from.path))
    return [{ code: 'PATTERN', field: 'from.path', message: 'It is not a path such as items[0].name.' }];
  if (from.parse === 'exitCode' && type !== 'integer' && type !== 'number')
    return [{ code: 'EXPRESSION_TYPE', field: 'type', message: 'An exit code is an integer.' }];
  return [];
}
