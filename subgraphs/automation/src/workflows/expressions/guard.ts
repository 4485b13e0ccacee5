import type { ASTNode } from '@marcbachmann/cel-js';
import { ExpressionFault } from './fault.ts';

/** Calls that bind a name for the expressions in their arguments; all but `bind` run them for each element of a list. */
const comprehensions: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind']);

/** A name that an expression reads, with the members that follow it: `steps.build.outputs.version`. */
export interface Reference {
  readonly path: readonly string[];
  /** Where each part of the path is. */
  readonly places: readonly Place[];
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Walks a parsed expression once: refuses what could take time or memory out of proportion to its length, and lists the
 * names it reads from outside.
 * @throws {ExpressionFault} FORBIDDEN
 */
export function guard(ast: ASTNode): Reference[] {
  const references: Reference[] = [];
  visit(ast, new Set(), 0, references);
  return references;
}

function visit(node: ASTNode, bound: ReadonlySet<string>, depth: number, references: Reference[]): void {
  const reference = referenceOf(node);
  if (reference) {
    if (!bound.has(reference.path[0] ?? '')) references.push(reference);
    return;
  }
  if (node.op === 'call') {
    const [name, args] = node.args;
    if (name === 'matches') throw forbidMatches(node);
    // `has(a.b)` asks whether b is there: a has to be.
    if (name === 'has' && args[0]?.op === '.') return visit(args[0].args[0], bound, depth, references);
    for (const argument of args) visit(argument, bound, depth, references);
    return;
  }
  if (node.op === 'rcall') return visitMethod(node, bound, depth, references);
  for (const child of childrenOf(node.args)) visit(child, bound, depth, references);
}

function visitMethod(
  node: Extract<ASTNode, { op: 'rcall' }>,
  bound: ReadonlySet<string>,
  depth: number,
  references: Reference[],
): void {
  const [name, receiver, args] = node.args;
  if (name === 'matches') throw forbidMatches(node);
  const [variable, ...rest] = args;
  const binds = comprehensions.has(name) && args.length > 1 && variable?.op === 'id';
  if (!(name === 'bind' && receiver.op === 'id')) visit(receiver, bound, depth, references);
  if (!binds) {
    for (const argument of args) visit(argument, bound, depth, references);
    return;
  }
  if (depth > 0)
    throw new ExpressionFault({
      code: 'FORBIDDEN',
      message: `${name} cannot be used inside of another comprehension.`,
      ...placeOf(node),
    });
  const inner = new Set([...bound, variable.args]);
  for (const argument of rest) visit(argument, inner, depth + 1, references);
}

function forbidMatches(node: ASTNode): ExpressionFault {
  return new ExpressionFault({
    code: 'FORBIDDEN',
    message: 'There is no matches: use matchesRegex, whose patterns are RE2.',
    ...placeOf(node),
  });
}

/** `a`, `a.b`, `a["b"]` and so on; undefined for anything else. */
function referenceOf(node: ASTNode): Reference | undefined {
  if (node.op === 'id') return { path: [node.args], places: [placeOf(node)] };
  if (node.op === '.') {
    const [object, name] = node.args;
    const { end } = placeOf(node);
    return extend(referenceOf(object), name, { start: end - name.length, end });
  }
  if (node.op === '[]') {
    const [object, index] = node.args;
    const isName = index.op === 'value' && typeof index.args === 'string';
    return isName ? extend(referenceOf(object), index.args, placeOf(index)) : undefined;
  }
  return undefined;
}

function extend(reference: Reference | undefined, name: string, place: Place): Reference | undefined {
  if (!reference) return undefined;
  return { path: [...reference.path, name], places: [...reference.places, place] };
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function placeOf({ range }: ASTNode): Place {
  return { start: range.start, end: range.end };
}
