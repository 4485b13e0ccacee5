/**
 * A contract is the part of the supergraph that carries a tag, for callers who get that part and no other. It is a
 * supergraph like the whole: the same subgraphs, with everything else `@inaccessible`.
 */
import { Kind, parse, print } from 'graphql';
import type {
  ConstDirectiveNode,
  DefinitionNode,
  DocumentNode,
  FieldDefinitionNode,
  InterfaceTypeDefinitionNode,
  ObjectTypeDefinitionNode,
  TypeDefinitionNode,
  TypeNode,
} from 'graphql';

/** The tagged part cannot stand by itself: one sentence for each thing to put right. */
export class UnusableContract extends Error {
  constructor(tag: string, problems: readonly string[]) {
    super([`@tag(name: "${tag}") makes no contract.`, ...problems].join('\n- '));
    this.name = 'UnusableContract';
  }
}

/**
 * A field is in the contract when it carries the tag, or its type does (root types apart) and it is reached from a tagged
 * root field. Scalars, enums and inputs come with the fields that need them; of a union, the tagged members.
 * @param supergraphSdl composed by federation 2.12 or later, without `@inaccessible` of its own
 * @throws {UnusableContract} a field of the contract returns what is not in it
 */
export function deriveContract(supergraphSdl: string, tag: string): string {
  const document = parse(supergraphSdl, { noLocation: true });
  const types = new Map<string, TypeDefinitionNode>();
  for (const definition of document.definitions)
    if (isTypeDefinition(definition)) types.set(definition.name.value, definition);
  const { reached, isKept, problems } = reachTagged(types, tag);
  if (!reached.has('Query')) problems.push('No field of Query carries it.');
  if (problems.length > 0) throw new UnusableContract(tag, problems);

  const hide = (definition: DefinitionNode): DefinitionNode => {
    if (!isTypeDefinition(definition) || isOfSpecification(definition.name.value)) return definition;
    if (!reached.has(definition.name.value)) return { ...definition, directives: hidden(definition.directives) };
    if (!hasFields(definition)) return definition;
    const fields = (definition.fields ?? []).map((field) =>
      isKept(definition, field) ? field : { ...field, directives: hidden(field.directives) },
    );
    return { ...definition, fields };
  };
  return print(withInaccessible({ ...document, definitions: document.definitions.map(hide) }));
}

type WithFields = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;
type Types = ReadonlyMap<string, TypeDefinitionNode>;

const roots: ReadonlySet<string> = new Set(['Query', 'Mutation', 'Subscription']);

function reachTagged(types: Types, tag: string) {
  const problems: string[] = [];
  const isKept = (type: WithFields, field: FieldDefinitionNode): boolean =>
    hasTag(field, tag) || (!roots.has(type.name.value) && hasTag(type, tag));
  const isOffered = (name: string): boolean => {
    const type = types.get(name);
    return !type || !hasFields(type) || (type.fields ?? []).some((field) => isKept(type, field));
  };
  // A Set that is read while it grows.
  const reached = new Set([...roots].filter((root) => types.has(root) && isOffered(root)));
  const reach = (name: string, from: string): void => {
    if (isOffered(name)) reached.add(name);
    else problems.push(`${from} needs ${name}, of which nothing carries the tag.`);
  };
  for (const name of reached) {
    const type = types.get(name);
    if (!type) continue;
    if (type.kind === Kind.UNION_TYPE_DEFINITION) {
      const offered = (type.types ?? []).map(namedType).filter(isOffered);
      for (const member of offered) reached.add(member);
      if (offered.length === 0) problems.push(`No member of ${name} carries the tag.`);
    } else if (type.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION)
      for (const field of type.fields ?? []) reached.add(namedType(field.type));
    else if (hasFields(type)) {
      for (const one of type.interfaces ?? []) if (isOffered(one.name.value)) reached.add(one.name.value);
      for (const field of (type.fields ?? []).filter((one) => isKept(type, one))) {
        reach(namedType(field.type), `${name}.${field.name.value}`);
        for (const argument of field.arguments ?? []) reached.add(namedType(argument.type));
      }
      if (type.kind === Kind.INTERFACE_TYPE_DEFINITION)
        for (const other of types.values())
          if (hasFields(other) && implementsType(other, name) && isOffered(other.name.value))
            reached.add(other.name.value);
    }
  }
  return { reached, isKept, problems };
}

function implementsType({ interfaces = [] }: WithFields, name: string): boolean {
  return interfaces.some((one) => one.name.value === name);
}

function hasTag({ directives = [] }: { readonly directives?: readonly ConstDirectiveNode[] | undefined }, tag: string) {
  return directives.some(
    ({ name, arguments: [argument] = [] }) =>
      name.value === 'tag' && argument?.value.kind === Kind.STRING && argument.value.value === tag,
  );
}

function isTypeDefinition(definition: DefinitionNode): definition is TypeDefinitionNode {
  return definition.kind.endsWith('TypeDefinition');
}

function hasFields(definition: TypeDefinitionNode): definition is WithFields {
  return definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION;
}

/** `join__Graph` and the like belong to the supergraph, not to what it offers. */
function isOfSpecification(name: string): boolean {
  return name.includes('__');
}

function hidden(directives: readonly ConstDirectiveNode[] = []): ConstDirectiveNode[] {
  return [...directives, { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: 'inaccessible' } }];
}

const inaccessible = parse(`
  extend schema @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
  directive @inaccessible on FIELD_DEFINITION | OBJECT | INTERFACE | UNION | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION
`);

function withInaccessible(document: DocumentNode): DocumentNode {
  const [extension, definition] = inaccessible.definitions;
  const link = extension?.kind === Kind.SCHEMA_EXTENSION ? (extension.directives ?? []) : [];
  const definitions = document.definitions.map((node) =>
    node.kind === Kind.SCHEMA_DEFINITION ? { ...node, directives: [...(node.directives ?? []), ...link] } : node,
  );
  return { ...document, definitions: [...definitions, definition as DefinitionNode] };
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
