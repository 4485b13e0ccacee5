/**
 * What plans ask for by themselves, for keys and `@requires`. They take such fields under their own names: two that differ
 * in their arguments cannot be in one plan, and a field of the client that may differ must bear another name.
 */
import { Kind, parse, print } from 'graphql';
import type { ConstDirectiveNode, DocumentNode, FieldNode, SelectionSetNode, TypeNode } from 'graphql';

export interface RequiredFields {
  /** Names of fields that some `@requires` asks for with arguments, and of those that have several types. */
  readonly reservedNames: ReadonlySet<string>;
  /** By coordinate (`Post.score`), the coordinates that cannot be in one plan with it. Mostly empty. */
  readonly conflicts: ReadonlyMap<string, ReadonlySet<string>>;
}

export function readRequiredFields(supergraph: DocumentNode): RequiredFields {
  const types = fieldTypesOf(supergraph);
  const required = new Map<string, Demand>();
  const withArguments = new Set<string>();
  const reservedNames = new Set(namesOfSeveralTypes(supergraph));
  for (const { coordinate, selectionSet } of requiresIn(supergraph)) {
    const demand = required.get(coordinate) ?? new Map<string, string>();
    required.set(coordinate, demand);
    collect(selectionSet, '', (path, field) => {
      demand.set(path, argumentsOf(field));
      if (field.arguments?.length) withArguments.add(field.name.value);
    });
  }
  for (const name of withArguments) reservedNames.add(name);
  if (withArguments.size === 0) return { reservedNames, conflicts: new Map() };
  return { reservedNames, conflicts: conflictsOf(withIndirect(required, types)) };
}

/** Names in keys and requirements that are of one type here and of another there. */
function namesOfSeveralTypes({ definitions }: DocumentNode): string[] {
  const asked = new Set<string>();
  const typesOf = new Map<string, Set<string>>();
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const fields = definition.fields ?? [];
    for (const { name, type } of fields)
      typesOf.set(name.value, (typesOf.get(name.value) ?? new Set()).add(print(type)));
    for (const directive of [...(definition.directives ?? []), ...fields.flatMap(({ directives = [] }) => directives)])
      for (const text of [textOf(directive, 'join__type', 'key'), textOf(directive, 'join__field', 'requires')])
        for (const name of text?.match(/\w+/g) ?? []) asked.add(name);
  }
  return [...asked].filter((name) => (typesOf.get(name)?.size ?? 0) > 1);
}

/** By path inside the requirement (`comments.author`), the arguments as text. */
type Demand = Map<string, string>;

interface Requires {
  readonly coordinate: string;
  readonly selectionSet: SelectionSetNode;
}

function* requiresIn({ definitions }: DocumentNode): Generator<Requires> {
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const type = definition.name.value;
    for (const field of definition.fields ?? [])
      for (const directive of field.directives ?? []) {
        const text = textOf(directive, 'join__field', 'requires');
        if (text === undefined) continue;
        const [operation] = parse(`{ ${text} }`, { noLocation: true }).definitions;
        if (operation?.kind === Kind.OPERATION_DEFINITION)
          yield { coordinate: `${type}.${field.name.value}`, selectionSet: operation.selectionSet };
      }
  }
}

function textOf(
  { name, arguments: given = [] }: ConstDirectiveNode,
  directive: string,
  argumentName: string,
): string | undefined {
  if (name.value !== directive) return undefined;
  const value = given.find((argument) => argument.name.value === argumentName)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function collect(
  { selections }: SelectionSetNode,
  prefix: string,
  found: (path: string, field: FieldNode) => void,
): void {
  for (const selection of selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, prefix, found);
    if (selection.kind !== Kind.FIELD) continue;
    const path = prefix + selection.name.value;
    found(path, selection);
    if (selection.selectionSet) collect(selection.selectionSet, `${path}.`, found);
  }
}

function argumentsOf({ arguments: given = [] }: FieldNode): string {
  return given
    .map((argument) => print(argument))
    .sort()
    .join();
}

/** What a requirement requires itself has to be fetched for the same object too. */
function withIndirect(required: ReadonlyMap<string, Demand>, types: ReadonlyMap<string, string>): Map<string, Demand> {
  const complete = new Map<string, Demand>();
  const demandOf = (coordinate: string, asked: ReadonlySet<string>): Demand => {
    const all = new Map(required.get(coordinate));
    const [type = ''] = coordinate.split('.');
    for (const [path] of required.get(coordinate) ?? []) {
      const inner = coordinateAt(type, path, types);
      if (inner === undefined || asked.has(inner) || !required.has(inner)) continue;
      const parent = path.slice(0, path.lastIndexOf('.') + 1);
      for (const [below, given] of demandOf(inner, new Set([...asked, inner]))) all.set(parent + below, given);
    }
    return all;
  };
  for (const coordinate of required.keys()) complete.set(coordinate, demandOf(coordinate, new Set([coordinate])));
  return complete;
}

function coordinateAt(type: string, path: string, types: ReadonlyMap<string, string>): string | undefined {
  let at: string | undefined = type;
  const names = path.split('.');
  const last = names.pop() ?? '';
  for (const name of names) at = at === undefined ? undefined : types.get(`${at}.${name}`);
  return at === undefined ? undefined : `${at}.${last}`;
}

function conflictsOf(required: ReadonlyMap<string, Demand>): Map<string, Set<string>> {
  const conflicts = new Map<string, Set<string>>();
  const all = [...required].filter(([, demand]) => [...demand.values()].some((given) => given !== ''));
  for (const [one, demand] of required)
    for (const [other, otherDemand] of all)
      if (one !== other && typeOf(one) === typeOf(other) && differ(demand, otherDemand)) {
        conflicts.set(one, (conflicts.get(one) ?? new Set()).add(other));
        conflicts.set(other, (conflicts.get(other) ?? new Set()).add(one));
      }
  return conflicts;
}

function differ(one: Demand, other: Demand): boolean {
  return [...one].some(([path, given]) => other.has(path) && other.get(path) !== given);
}

function typeOf(coordinate: string): string {
  return coordinate.slice(0, coordinate.indexOf('.'));
}

/** By coordinate, the name of the type that the field is of. */
function fieldTypesOf({ definitions }: DocumentNode): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const definition of definitions)
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
      for (const field of definition.fields ?? [])
        types.set(`${definition.name.value}.${field.name.value}`, namedType(field.type));
  return types;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
