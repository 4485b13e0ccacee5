/**
 * The `@live` fields of the supergraph. A Subscription field is the live twin of the Query field of the same name; what
 * does not hold of a twin is found here, when the router starts, and never by a client.
 */
import { Kind, parse, print } from 'graphql';
import type {
  ConstDirectiveNode,
  DocumentNode,
  FieldDefinitionNode,
  InputValueDefinitionNode,
  NamedTypeNode,
  ObjectTypeDefinitionNode,
  TypeNode,
} from 'graphql';
import { readTopic } from './topic.ts';
import type { TopicTemplate } from './topic.ts';

export interface LiveField {
  readonly name: string;
  readonly topic: TopicTemplate;
  /** Set for a feed: the argument that the router moves to `pageInfo.endCursor`, and its type as printed. */
  readonly cursor?: { readonly argument: string; readonly type: string } | undefined;
}

/** The supergraph promises a subscription that this router cannot keep. */
export class UnservableSubscription extends Error {
  constructor(field: string, reason: string) {
    super(`Subscription.${field} cannot be served live: ${reason}`);
    this.name = 'UnservableSubscription';
  }
}

/**
 * @param supergraphSdl the composed supergraph: `@live` is not in the API schema
 * @param isOpen whether fields without `@live` are passed over: they are in the schema, and not served
 * @throws {UnservableSubscription} a field of Subscription is not the live twin of a Query field
 */
export function readLiveFields(supergraphSdl: string, { isOpen = false } = {}): ReadonlyMap<string, LiveField> {
  const types = objectTypes(parse(supergraphSdl, { noLocation: true }));
  const all = types.get('Subscription')?.fields ?? [];
  const fields = isOpen ? all.filter((field) => field.directives?.some(isLive)) : all;
  return new Map(fields.map((field) => [field.name.value, readLiveField(field, types)]));
}

function isLive({ name }: ConstDirectiveNode): boolean {
  return name.value === 'live';
}

type ObjectTypes = ReadonlyMap<string, ObjectTypeDefinitionNode>;

function objectTypes({ definitions }: DocumentNode): ObjectTypes {
  const types = new Map<string, ObjectTypeDefinitionNode>();
  for (const definition of definitions)
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) types.set(definition.name.value, definition);
  return types;
}

function readLiveField(field: FieldDefinitionNode, types: ObjectTypes): LiveField {
  const name = field.name.value;
  const live = field.directives?.find(isLive);
  if (!live) throw new UnservableSubscription(name, 'it has no @live.');
  requireTwin(field, types);
  const topic = readTopic(stringArgument(live, 'topic') ?? '');
  for (const placeholder of topic.placeholders) requirePlaceholder(field, placeholder);
  const cursor = stringArgument(live, 'cursor');
  return { name, topic, cursor: cursor === undefined ? undefined : readCursor(field, cursor, types) };
}

/** What must be the same on both: the read is done through the Query field, in the viewer's name. */
function requireTwin(field: FieldDefinitionNode, types: ObjectTypes): void {
  const name = field.name.value;
  const twin = types.get('Query')?.fields?.find((candidate) => candidate.name.value === name);
  if (!twin) throw new UnservableSubscription(name, 'there is no Query field of this name.');
  if (print(twin.type) !== print(field.type))
    throw new UnservableSubscription(name, 'the Query field has another type.');
  if (printArguments(twin) !== printArguments(field))
    throw new UnservableSubscription(name, 'the Query field has other arguments.');
  if (printProtection(twin) !== printProtection(field))
    throw new UnservableSubscription(name, 'the Query field asks for other permissions.');
}

function printArguments({ arguments: given = [] }: FieldDefinitionNode): string {
  const printed = given.map(
    ({ name, type, defaultValue }) => `${name.value}:${print(type)}=${defaultValue ? print(defaultValue) : ''}`,
  );
  return printed.sort().join();
}

function printProtection({ directives = [] }: FieldDefinitionNode): string {
  const protections = directives.filter(({ name }) =>
    ['authenticated', 'requiresScopes', 'policy', 'tag'].includes(name.value),
  );
  return protections
    .map((directive) => print(directive))
    .sort()
    .join();
}

function requirePlaceholder(field: FieldDefinitionNode, placeholder: string): void {
  const name = field.name.value;
  const argument = findArgument(field, placeholder);
  if (!argument) throw new UnservableSubscription(name, `its topic names {${placeholder}}, which is no argument.`);
  const isAlwaysSet = argument.type.kind === Kind.NON_NULL_TYPE || argument.defaultValue !== undefined;
  if (!isAlwaysSet || isList(argument.type))
    throw new UnservableSubscription(name, `its topic names {${placeholder}}, which may be null or a list.`);
}

function readCursor(field: FieldDefinitionNode, argumentName: string, types: ObjectTypes): LiveField['cursor'] {
  const name = field.name.value;
  const argument = findArgument(field, argumentName);
  if (!argument) throw new UnservableSubscription(name, `its cursor names "${argumentName}", which is no argument.`);
  if (argument.type.kind !== Kind.NAMED_TYPE || argument.type.name.value !== 'String')
    throw new UnservableSubscription(name, `its cursor "${argumentName}" is not a nullable String.`);
  const connection = types.get(namedType(field.type).name.value);
  const pageInfo = connection?.fields?.find((candidate) => candidate.name.value === 'pageInfo');
  const page = pageInfo && types.get(namedType(pageInfo.type).name.value);
  const pageFields = new Set(page?.fields?.map((candidate) => candidate.name.value));
  if (isList(field.type) || !pageFields.has('endCursor') || !pageFields.has('hasNextPage'))
    throw new UnservableSubscription(name, 'a feed needs pageInfo { endCursor hasNextPage } in its type.');
  return { argument: argumentName, type: print(argument.type) };
}

function findArgument(field: FieldDefinitionNode, name: string): InputValueDefinitionNode | undefined {
  return field.arguments?.find((argument) => argument.name.value === name);
}

function stringArgument({ arguments: given = [] }: ConstDirectiveNode, name: string): string | undefined {
  const value = given.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function isList(type: TypeNode): boolean {
  return type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type));
}

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type);
}
