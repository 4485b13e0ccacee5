/** Turns a subscription into the query that it is the live twin of. */
import { GraphQLError, Kind, getVariableValues, parseType, print, validate, visit } from 'graphql';
import { getArgumentValues, getDirectiveValues } from 'graphql/execution/values.js';
import type {
  ArgumentNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
  VariableDefinitionNode,
} from 'graphql';
import { OperationTypeNode } from 'graphql';
import { RequestRefused, refuse } from '../errors/requestRefused.ts';
import { validationRules } from '../limits/validationRules.ts';
import type { OperationRequest, PreparedOperation } from '../operations/operation.ts';
import type { LiveField } from './liveFields.ts';
import { topicFor } from './topic.ts';

/** A subscription, ready to be read again and again. */
export interface LiveOperation {
  /** The query to read with. Equal subscriptions have equal requests. */
  readonly request: OperationRequest;
  readonly topic: string;
  /** Key of the live field in the data of an answer. */
  readonly responseName: string;
  /** The client's `@throttle`: it wants no more than one answer in this time. */
  readonly throttleMs: number;
  readonly feed?: Feed | undefined;
}

export interface Feed {
  /** The variable that the router puts the cursor in. */
  readonly cursorVariable: string;
  /** The alias under which the router asks for `pageInfo`, which is taken out of the answer again. */
  readonly pageAlias: string;
  /** The client's own `after`: where it left off. */
  readonly start: string | null;
}

const CURSOR_VARIABLE = 'opscLiveCursor';
const PAGE_ALIAS = 'opscLivePage';

/** @throws {RequestRefused} the document is not valid, or the variables do not fit */
export function toLiveOperation(
  { document, operation, operationName, variables = {}, query }: Omit<PreparedOperation, 'cost'>,
  fields: ReadonlyMap<string, LiveField>,
  schema: GraphQLSchema,
): LiveOperation {
  requireValid(document, schema);
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (errors) throw new RequestRefused(errors.map((error) => new GraphQLError(error.message, badInput)));
  const fragments = fragmentsOf(document);
  const roots = flattenRoot(operation.selectionSet, fragments);
  const [root] = roots as [FieldNode];
  const field = fields.get(root.name.value);
  const definition = schema.getSubscriptionType()?.getFields()[root.name.value];
  if (!field || !definition)
    throw refuse('GRAPHQL_VALIDATION_FAILED', 'A subscription selects one field of Subscription.');
  const values = argumentValues(() => getArgumentValues(definition, root, coerced));
  const feed = field.cursor && makeFeed(query, values[field.cursor.argument]);
  const selections = feed ? roots.map((node) => withCursor(node, field, feed)) : roots;
  const reading = toQuery(operation, selections, fragments, field, feed);
  return {
    request: {
      query: print(reading),
      variables: usedOf(variables, operation),
      ...(operationName && { operationName }),
    },
    topic: topicFor(field.topic, values),
    responseName: root.alias?.value ?? root.name.value,
    throttleMs: throttleOf(operation, schema, coerced),
    feed,
  };
}

/** Without those that the operation does not declare: nobody has looked at them, and each read would carry them. */
function usedOf(
  variables: Readonly<Record<string, unknown>>,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Record<string, unknown> {
  const names = variableDefinitions.map(({ variable }) => variable.name.value);
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]]),
  );
}

const badInput = { extensions: { code: 'BAD_USER_INPUT' } };
const invalid = { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } };
const MAX_VALIDATION_ERRORS = 10;
const valid = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>();

/** Apollo Server gets to see the query only; what the client wrote is validated here. */
function requireValid(document: DocumentNode, schema: GraphQLSchema): void {
  const known = valid.get(schema) ?? new WeakSet();
  valid.set(schema, known);
  if (known.has(document)) return;
  const errors = validate(schema, document, validationRules, { maxErrors: MAX_VALIDATION_ERRORS });
  if (errors.length > 0)
    throw new RequestRefused(
      errors.map(({ message, nodes }) => new GraphQLError(message, { nodes: nodes ?? null, ...invalid })),
    );
  known.add(document);
}

const LONGEST_THROTTLE_MS = 60 * 60 * 1000;

/** A graph without the directive has no throttled subscriptions: its validation refuses them. */
function throttleOf(
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  coerced: Record<string, unknown>,
): number {
  const directive = schema.getDirective('throttle');
  const values = directive && argumentValues(() => getDirectiveValues(directive, operation, coerced) ?? {});
  const given = values?.['milliseconds'];
  return typeof given === 'number' ? Math.min(Math.max(given, 0), LONGEST_THROTTLE_MS) : 0;
}

function argumentValues(read: () => Record<string, unknown>): Record<string, unknown> {
  try {
    return read();
  } catch (error) {
    throw error instanceof GraphQLError ? new RequestRefused([new GraphQLError(error.message, badInput)]) : error;
  }
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** The root fields without the fragments around them: those are on Subscription, which the query has not. */
function flattenRoot(selectionSet: SelectionSetNode, fragments: Fragments): FieldNode[] {
  return selectionSet.selections.flatMap((selection: SelectionNode): FieldNode[] => {
    if (selection.kind === Kind.FIELD) return [selection];
    const inner =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : (fragments.get(selection.name.value) as FragmentDefinitionNode);
    return flattenRoot(inner.selectionSet, fragments);
  });
}

/** Names that the client's document does not use. */
function makeFeed(query: string, start: unknown): Feed {
  let suffix = '';
  while (query.includes(CURSOR_VARIABLE + suffix) || query.includes(PAGE_ALIAS + suffix)) suffix += '_';
  return {
    cursorVariable: CURSOR_VARIABLE + suffix,
    pageAlias: PAGE_ALIAS + suffix,
    start: typeof start === 'string' ? start : null,
  };
}

function withCursor(node: FieldNode, { cursor }: LiveField, { cursorVariable, pageAlias }: Feed): FieldNode {
  const name = cursor?.argument as string;
  const others = (node.arguments ?? []).filter((argument) => argument.name.value !== name);
  const moved: ArgumentNode = {
    kind: Kind.ARGUMENT,
    name: nameNode(name),
    value: { kind: Kind.VARIABLE, name: nameNode(cursorVariable) },
  };
  const page: FieldNode = {
    kind: Kind.FIELD,
    alias: nameNode(pageAlias),
    name: nameNode('pageInfo'),
    selectionSet: { kind: Kind.SELECTION_SET, selections: ['endCursor', 'hasNextPage'].map(fieldNode) },
  };
  const selections = [...(node.selectionSet?.selections ?? []), page];
  return { ...node, arguments: [...others, moved], selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function toQuery(
  operation: OperationDefinitionNode,
  selections: readonly FieldNode[],
  fragments: Fragments,
  { cursor }: LiveField,
  feed: Feed | undefined,
): DocumentNode {
  const selectionSet: SelectionSetNode = { kind: Kind.SELECTION_SET, selections };
  const used = findUsed(selectionSet, fragments);
  const definitions = (operation.variableDefinitions ?? []).filter(({ variable }) =>
    used.variables.has(variable.name.value),
  );
  const cursorDefinition: VariableDefinitionNode | undefined = feed && {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: nameNode(feed.cursorVariable) },
    type: parseType(cursor?.type as string),
  };
  const query: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    ...(operation.name && { name: operation.name }),
    variableDefinitions: cursorDefinition ? [...definitions, cursorDefinition] : definitions,
    selectionSet,
  };
  return { kind: Kind.DOCUMENT, definitions: [query, ...used.fragments.values()] };
}

/** Variables and fragments that a selection set needs, through fragments of fragments. */
function findUsed(selectionSet: SelectionSetNode, fragments: Fragments) {
  const used = { variables: new Set<string>(), fragments: new Map<string, FragmentDefinitionNode>() };
  const search = (node: SelectionSetNode | FragmentDefinitionNode): void =>
    void visit(node, {
      Variable: ({ name }) => void used.variables.add(name.value),
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (!fragment || used.fragments.has(name.value)) return;
        used.fragments.set(name.value, fragment);
        search(fragment);
      },
    });
  search(selectionSet);
  return used;
}

function nameNode(value: string) {
  return { kind: Kind.NAME, value } as const;
}

function fieldNode(name: string): FieldNode {
  return { kind: Kind.FIELD, name: nameNode(name) };
}
