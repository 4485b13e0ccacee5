import fc from 'fast-check';
import type { GeneratorValue } from 'fast-check';
import { doTypesOverlap, getNamedType, isCompositeType, isObjectType, isUnionType } from 'graphql';
import type { GraphQLCompositeType, GraphQLSchema } from 'graphql';

const FRAGMENTS = 3;
const conditions = ['true', 'false', '$yes', '$no', '$unset'];

/** Values for the variables of every random operation. */
export const variables = { yes: true, no: false };
const header = 'query ($yes: Boolean!, $no: Boolean!, $unset: Boolean! = true)';

/**
 * The text of an operation over a schema whose fields take no arguments: aliases that meet, inline fragments, named
 * fragments that spread each other, `@skip` and `@include`. Unused variables apart, it is valid where fields of one
 * name have one type everywhere.
 */
export function randomOperation(choose: GeneratorValue, schema: GraphQLSchema): string {
  const composite = Object.values(schema.getTypeMap())
    .filter(isCompositeType)
    .filter(({ name }) => !name.startsWith('__'));
  const pick = <T>(items: readonly T[]): T => items[choose(fc.integer, { min: 0, max: items.length - 1 })] as T;
  const fragmentTypes = Array.from({ length: FRAGMENTS }, () => pick(composite));
  const used = new Set<number>();

  function selections(parent: GraphQLCompositeType, depth: number, nextFragment: number): string {
    const length = choose(fc.integer, { min: 1, max: 4 });
    return `{ ${Array.from({ length }, () => selection(parent, depth, nextFragment)).join(' ')} }`;
  }

  function selection(parent: GraphQLCompositeType, depth: number, nextFragment: number): string {
    const kind = choose(fc.integer, { min: 0, max: 9 });
    if (kind < 2 && depth > 0) return inlineFragment(parent, depth, nextFragment);
    if (kind < 4) return spread(parent, nextFragment);
    if (kind < 5 || isUnionType(parent)) return `${pick(['', 'type: '])}__typename`;
    return field(parent, depth, nextFragment);
  }

  function field(
    parent: Exclude<GraphQLCompositeType, { getTypes(): unknown }>,
    depth: number,
    nextFragment: number,
  ): string {
    const fields = Object.values(parent.getFields());
    const leaves = fields.filter(({ type }) => !isCompositeType(getNamedType(type)));
    const possible = depth > 0 ? fields : leaves;
    if (possible.length === 0) return '__typename';
    const { name, type } = pick(possible);
    const named = getNamedType(type);
    const inside = isCompositeType(named) ? ` ${selections(named, depth - 1, nextFragment)}` : '';
    return `${pick(['', '', `${name}1: `, `${name}2: `])}${name}${directive()}${inside}`;
  }

  function inlineFragment(parent: GraphQLCompositeType, depth: number, nextFragment: number): string {
    const type = pick([undefined, ...composite.filter((other) => doTypesOverlap(schema, parent, other))]);
    return `...${type ? ` on ${type.name}` : ''}${directive()} ${selections(type ?? parent, depth - 1, nextFragment)}`;
  }

  /** Fragments only spread those that come after them, so none spreads itself. */
  function spread(parent: GraphQLCompositeType, nextFragment: number): string {
    const possible = fragmentTypes.flatMap((type, at) =>
      at >= nextFragment && doTypesOverlap(schema, parent, type) ? [at] : [],
    );
    if (possible.length === 0) return '__typename';
    const at = pick(possible);
    used.add(at);
    return `...F${at}${directive()}`;
  }

  function directive(): string {
    return choose(fc.integer, { min: 0, max: 5 }) > 0 ? '' : ` @${pick(['include', 'skip'])}(if: ${pick(conditions)})`;
  }

  const query = schema.getQueryType();
  if (!isObjectType(query)) throw new Error('The schema has no queries.');
  const operation = `${header} ${selections(query, 3, 0)}`;
  // A Set that is read while it grows.
  const fragments = [
    ...(function* () {
      for (const at of used) {
        const type = fragmentTypes[at] as GraphQLCompositeType;
        yield `fragment F${at} on ${type.name} ${selections(type, 2, at + 1)}`;
      }
    })(),
  ];
  return [operation, ...fragments].join('\n');
}
