/** Every expression and template of a node, with what is asked of it. */
import type { ValueType, WorkflowNode } from '../definition.ts';

export interface NodeText {
  /** Path of the text inside the node. */
  readonly field: string;
  readonly kind: 'expression' | 'template';
  readonly text: string;
  /** The type that the value has to have. */
  readonly expects: ValueType | 'any';
  /** Evaluated for each target. */
  readonly isInTask: boolean;
  /** People read the value, or it is kept as it is: a secret has no place in it. */
  readonly isShown: boolean;
}

export function textsOf(node: WorkflowNode): NodeText[] {
  switch (node.kind) {
    case 'start':
    case 'end':
    case 'parallel':
    case 'join':
      return [];
    case 'command':
      return [inTask('command', node.command), ...runTexts(node)];
    case 'script':
      return [
        inTask('script', node.script),
        ...(node.arguments ?? []).map((argument, index) => inTask(`arguments.${index}`, argument)),
        ...runTexts(node),
      ];
    case 'libraryStep':
      return [...jsonTexts('parameters', node.parameters), ...runTexts(node)];
    case 'upload':
    case 'download':
    case 'sync':
      return [inTask('artifact', node.artifact), inTask('path', node.path), ...runTexts(node)];
    case 'templateFile':
      return [inTask('template', node.template), inTask('path', node.path), ...runTexts(node)];
    case 'http':
      return [
        template('url', node.url),
        ...Object.entries(node.headers ?? {}).map(([name, value]) => template(`headers.${name}`, value)),
        ...(node.body === undefined ? [] : [template('body', node.body)]),
      ];
    case 'wait':
      return [expression('secondsExpression', node.secondsExpression, 'number')];
    case 'waitUntil':
    case 'condition':
      return [expression('conditionExpression', node.conditionExpression, 'boolean')];
    case 'assert':
      return [
        expression('conditionExpression', node.conditionExpression, 'boolean'),
        ...(node.message === undefined ? [] : [shown(template('message', node.message))]),
      ];
    case 'approval':
      return [shown(template('message', node.message))];
    case 'switch':
      return [expression('valueExpression', node.valueExpression, 'text')];
    case 'forEach':
      return [shown(expression('itemsExpression', node.itemsExpression, 'list'))];
    case 'subJob':
      return expressionsOf('inputExpressions', node.inputExpressions ?? {});
    case 'setVariables':
      return expressionsOf('variableExpressions', node.variableExpressions).map(shown);
    case 'transform':
      return expressionsOf('outputExpressions', node.outputExpressions).map(shown);
    case 'notification':
      return [shown(template('subject', node.subject)), shown(template('body', node.body))];
  }
}

/** Whether a node is run on targets, each of which it may ask for. */
export function isOnTargets(node: WorkflowNode): node is Extract<WorkflowNode, { fanOut?: unknown }> {
  switch (node.kind) {
    case 'command':
    case 'script':
    case 'libraryStep':
    case 'upload':
    case 'download':
    case 'sync':
    case 'templateFile':
      return true;
    default:
      return false;
  }
}

function runTexts({
  environment = {},
  workingDirectory,
}: {
  readonly environment?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}): NodeText[] {
  return [
    ...Object.entries(environment).map(([name, value]) => inTask(`environment.${name}`, value)),
    ...(workingDirectory === undefined ? [] : [inTask('workingDirectory', workingDirectory)]),
  ];
}

/** Texts anywhere inside of JSON are templates. */
function jsonTexts(field: string, value: unknown): NodeText[] {
  if (typeof value === 'string') return [inTask(field, value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => jsonTexts(`${field}.${name}`, entry));
}

function expressionsOf(field: string, expressions: Readonly<Record<string, string>>): NodeText[] {
  return Object.entries(expressions).map(([name, text]) => expression(`${field}.${name}`, text, 'any'));
}

function expression(field: string, text: string, expects: ValueType | 'any'): NodeText {
  return { field, kind: 'expression', text, expects, isInTask: false, isShown: false };
}

function template(field: string, text: string): NodeText {
  return { field, kind: 'template', text, expects: 'text', isInTask: false, isShown: false };
}

function inTask(field: string, text: string): NodeText {
  return { ...template(field, text), isInTask: true };
}

function shown(text: NodeText): NodeText {
  return { ...text, isShown: true };
}
