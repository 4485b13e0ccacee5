/** What must hold of a supergraph before this router serves it: nothing in it asks for protection that it does not get. */
import { Kind, parse } from 'graphql';
import type {
  DocumentNode,
  FieldDefinitionNode,
  ObjectTypeDefinitionNode,
  ObjectTypeExtensionNode,
  TypeNode,
} from 'graphql';
import { AUTHENTICATED, INACCESSIBLE, LINK, linksOf, POLICY, REQUIRES_SCOPES, TAG } from './links.ts';
import type { Link } from './links.ts';
import { requirementsOf } from './readRequirements.ts';
import type { Requirements } from './readRequirements.ts';
import { implies } from './requirement.ts';
import type { Alternatives } from './requirement.ts';

/** Why the router does not start with this supergraph: one sentence for each thing to put right. */
export class UnenforceableSupergraph extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['The supergraph cannot be enforced by this router.', ...problems].join('\n- '));
    this.name = 'UnenforceableSupergraph';
    this.problems = problems;
  }
}

export interface Enforcing {
  /** The operator has said that root fields without a requirement are meant for everybody. */
  readonly isOpen?: boolean;
}

/** @throws {UnenforceableSupergraph} naming everything that stands against it */
export function assertEnforceable(supergraphSdl: string, { isOpen = false }: Enforcing = {}): void {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const links = linksOf(supergraph);
  const requirements = requirementsOf(supergraph);
  const problems = [
    ...problemsOfLinks(links),
    ...problemsOfScopes(requirements),
    ...problemsOfInterfaces(supergraph, requirements),
    ...(isOpen ? [] : problemsOfRoots(supergraph, requirements, links)),
  ];
  if (problems.length > 0) throw new UnenforceableSupergraph(problems);
}

/** Before 1.0 each minor version is a version of its own. */
const understood: ReadonlyMap<string, RegExp> = new Map([
  [LINK, /^1\.\d+$/],
  [TAG, /^0\.[123]$/],
  [INACCESSIBLE, /^0\.[12]$/],
  [AUTHENTICATED, /^0\.1$/],
  [REQUIRES_SCOPES, /^0\.1$/],
  [POLICY, /^0\.1$/],
]);

function* problemsOfLinks(links: readonly Link[]): Generator<string> {
  if (links.length === 0)
    yield `It does not link ${LINK}/v1.0, so nobody can tell what it asks for: compose it with @apollo/composition.`;
  for (const { url, identity, version, purpose } of links) {
    if (understood.get(identity)?.test(version) === false)
      yield `${url} is a version that this router does not know: compose with the version of @apollo/composition that it comes with.`;
    if (purpose === 'SECURITY' && !enforced.has(identity))
      yield `${url} is for security and this router does not enforce it: use @authenticated, @requiresScopes or @policy instead.`;
    if (links.filter((link) => link.identity === identity).length > 1) yield `${url} is linked more than once.`;
  }
}

/** What is inaccessible is not in the API schema, which is all that clients are answered from. */
const enforced: ReadonlySet<string> = new Set([AUTHENTICATED, REQUIRES_SCOPES, POLICY, INACCESSIBLE]);

/** An empty list reads as "nobody" to one and as "everybody" to another: it is not guessed which was meant. */
function* problemsOfScopes({ types, fields }: Requirements): Generator<string> {
  const isEmpty = (sets: Alternatives | null | undefined) =>
    sets != null && (sets.length === 0 || sets.some((alternative) => alternative.length === 0));
  for (const [coordinate, { scopes, policies }] of [...types, ...fields]) {
    if (isEmpty(scopes))
      yield `@requiresScopes on ${coordinate} has an empty list of scopes: name at least one in each.`;
    if (isEmpty(policies)) yield `@policy on ${coordinate} has an empty list of policies: name at least one in each.`;
  }
}

/** Older composition leaves interfaces open, and with them the types behind them. */
function* problemsOfInterfaces(supergraph: DocumentNode, { types, fields }: Requirements): Generator<string> {
  const objects = supergraph.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION);
  for (const definition of supergraph.definitions) {
    if (definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const name = definition.name.value;
    for (const object of objects.filter(({ interfaces = [] }) => interfaces.some((item) => item.name.value === name))) {
      const pairs = (definition.fields ?? []).map((field) => ({
        open: `${name}.${field.name.value}`,
        guarded: `${object.name.value}.${field.name.value}`,
      }));
      if (!implies(types.get(name), types.get(object.name.value))) yield openInterface(name, object.name.value);
      for (const { open, guarded } of pairs)
        if (!implies(fields.get(open), fields.get(guarded))) yield openInterface(open, guarded);
    }
  }
}

function openInterface(open: string, guarded: string): string {
  return `${open} asks for less than ${guarded}, which can be read through it: compose with @apollo/composition 2.12 or later.`;
}

/** Secure by default: a root field is open to strangers only when it says so. */
function* problemsOfRoots(
  supergraph: DocumentNode,
  { types, fields }: Requirements,
  links: readonly Link[],
): Generator<string> {
  const interfaces = new Set(
    supergraph.definitions.filter((node) => node.kind === Kind.INTERFACE_TYPE_DEFINITION).map(({ name }) => name.value),
  );
  const tag = links.find(({ identity }) => identity === TAG)?.directiveName('tag');
  for (const type of rootTypesOf(supergraph))
    for (const field of type.fields ?? []) {
      const coordinate = `${type.name.value}.${field.name.value}`;
      const returned = namedType(field.type);
      // A field that returns a guarded interface may still be asked for the types behind it.
      const isOfGuardedType = types.has(returned) && !interfaces.has(returned);
      const isGuarded = types.has(type.name.value) || fields.has(coordinate) || isOfGuardedType;
      if (!isGuarded && !isPublic(field, tag))
        yield `${coordinate} is open to everybody: give it @authenticated or @requiresScopes, or @tag(name: "public") if that is meant.`;
    }
}

function rootTypesOf({ definitions }: DocumentNode): readonly (ObjectTypeDefinitionNode | ObjectTypeExtensionNode)[] {
  const named = definitions
    .filter((node) => node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION)
    .flatMap((node) => node.operationTypes?.map(({ type }) => type.name.value) ?? []);
  const roots = new Set(named.length > 0 ? named : ['Query', 'Mutation', 'Subscription']);
  return definitions
    .filter((node) => node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION)
    .filter(({ name }) => roots.has(name.value));
}

function isPublic(field: FieldDefinitionNode, tag: string | undefined): boolean {
  return (field.directives ?? []).some(
    (directive) =>
      directive.name.value === tag &&
      directive.arguments?.some(
        ({ name, value }) => name.value === 'name' && value.kind === Kind.STRING && value.value === 'public',
      ),
  );
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
