import { Kind, visit } from 'graphql';
import type { ConstDirectiveNode, DocumentNode } from 'graphql';

/**
 * The supergraph without the keys that a subgraph cannot resolve of a type for which it has one that it can. The planner
 * takes fields of such a key from the subgraph as if they were known there under every path, and asks them in the wrong
 * place. A type whose only keys are unresolvable keeps them: they say how to leave that subgraph.
 */
export function withoutShadowedKeys(supergraph: DocumentNode): DocumentNode {
  const dropFrom = <Node extends { readonly directives?: readonly ConstDirectiveNode[] }>(node: Node): Node => {
    const { directives = [] } = node;
    const resolvable = new Set(directives.filter(isResolvableKey).map((directive) => textOf(directive, 'graph')));
    const left = directives.filter(
      (directive) => !isUnresolvableKey(directive) || !resolvable.has(textOf(directive, 'graph')),
    );
    return left.length === directives.length ? node : { ...node, directives: left };
  };
  return visit(supergraph, {
    [Kind.OBJECT_TYPE_DEFINITION]: dropFrom,
    [Kind.INTERFACE_TYPE_DEFINITION]: dropFrom,
  });
}

function isResolvableKey(directive: ConstDirectiveNode): boolean {
  return isKey(directive) && !isUnresolvableKey(directive);
}

function isUnresolvableKey(directive: ConstDirectiveNode): boolean {
  const resolvable = argumentOf(directive, 'resolvable');
  return isKey(directive) && resolvable?.kind === Kind.BOOLEAN && !resolvable.value;
}

function isKey(directive: ConstDirectiveNode): boolean {
  return directive.name.value === 'join__type' && argumentOf(directive, 'key') !== undefined;
}

function textOf(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argumentOf(directive, name);
  return value && 'value' in value && typeof value.value === 'string' ? value.value : undefined;
}

function argumentOf({ arguments: given = [] }: ConstDirectiveNode, name: string) {
  return given.find((argument) => argument.name.value === name)?.value;
}
