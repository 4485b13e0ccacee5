import { Kind } from 'graphql';
import type {
  DirectiveNode,
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';

/** Figures of the largest definition of a document, fragments written out. They end at {@link COUNTED_AT_MOST}. */
export interface DocumentSize {
  readonly depth: number;
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
  readonly rootFields: number;
  /** Of all operations together. */
  readonly sensitiveRootFields: number;
}

/** Twenty doublings: nobody needs to know how much larger it is. */
export const COUNTED_AT_MOST = 1_000_000;

/**
 * Measures every operation, and every fragment by itself, because what comes next (validation) reads the unused ones
 * too. Depth is of operations only: the fragments of an introspection query are deep, but not from the root.
 * Linear in the size of the document. A fragment that spreads itself counts once; validation refuses it.
 */
export function measureDocument(document: DocumentNode, sensitiveRootFields: readonly string[]): DocumentSize {
  const sizes = createSizes(document, new Set(sensitiveRootFields));
  const largest = { ...nothing, rootFields: 0, sensitiveRootFields: 0 };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      raise(largest, sizes.ofFragment(definition.name.value), ['aliases', 'directives', 'fields']);
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const size = sizes.ofSelections(definition.selectionSet);
    size.directives = plus(size.directives, directivesAround(definition));
    raise(largest, size, ['depth', 'introspectionDepth', 'aliases', 'directives', 'fields']);
    largest.rootFields = Math.max(largest.rootFields, size.topFields);
    largest.sensitiveRootFields = plus(largest.sensitiveRootFields, size.sensitiveTopFields);
  }
  return largest;
}

/** Of a selection set; `top` are the fields that belong to the same object. */
interface Size {
  depth: number;
  introspectionDepth: number;
  aliases: number;
  directives: number;
  fields: number;
  topFields: number;
  sensitiveTopFields: number;
}

const nothing: Size = {
  depth: 0,
  introspectionDepth: 0,
  aliases: 0,
  directives: 0,
  fields: 0,
  topFields: 0,
  sensitiveTopFields: 0,
};

const summed = ['aliases', 'directives', 'fields', 'topFields', 'sensitiveTopFields'] as const;

function createSizes(document: DocumentNode, sensitive: ReadonlySet<string>) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  const measured = new Map<string, Size>();

  function ofFragment(name: string): Size {
    const known = measured.get(name);
    if (known) return known;
    // Stands while the fragment is being measured, so that a circle ends here.
    measured.set(name, nothing);
    const fragment = fragments.get(name);
    if (!fragment) return nothing;
    const inside = ofSelections(fragment.selectionSet);
    const size = { ...inside, directives: plus(inside.directives, count(fragment.directives)) };
    measured.set(name, size);
    return size;
  }

  function ofSelections({ selections }: SelectionSetNode): Size {
    const size = { ...nothing };
    for (const selection of selections) {
      size.directives = plus(size.directives, count(selection.directives));
      if (selection.kind === Kind.FRAGMENT_SPREAD) add(size, ofFragment(selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT) add(size, ofSelections(selection.selectionSet));
      else {
        const name = selection.name.value;
        addField(size, name, selection.selectionSet ? ofSelections(selection.selectionSet) : nothing);
        if (selection.alias) size.aliases = plus(size.aliases, 1);
        if (sensitive.has(name)) size.sensitiveTopFields = plus(size.sensitiveTopFields, 1);
      }
    }
    return size;
  }

  return { ofFragment, ofSelections };
}

function addField(size: Size, name: string, inside: Size): void {
  const depth = inside.depth + 1;
  const isIntrospection = name === '__schema' || name === '__type';
  add(size, {
    ...inside,
    depth: isIntrospection ? 0 : depth,
    introspectionDepth: isIntrospection ? depth : inside.introspectionDepth,
    fields: inside.fields + 1,
    topFields: 1,
    sensitiveTopFields: 0,
  });
}

function add(size: Size, other: Size): void {
  size.depth = Math.max(size.depth, other.depth);
  size.introspectionDepth = Math.max(size.introspectionDepth, other.introspectionDepth);
  for (const figure of summed) size[figure] = plus(size[figure], other[figure]);
}

function raise(largest: Size, size: Size, figures: readonly (keyof Size)[]): void {
  for (const figure of figures) largest[figure] = Math.max(largest[figure], size[figure]);
}

function directivesAround({ directives, variableDefinitions = [] }: OperationDefinitionNode): number {
  return variableDefinitions.map((variable) => count(variable.directives)).reduce(plus, count(directives));
}

function count(directives: readonly DirectiveNode[] | undefined): number {
  return directives?.length ?? 0;
}

function plus(one: number, other: number): number {
  return Math.min(one + other, COUNTED_AT_MOST);
}
