/**
 * The second wall: the requirements of the SDL (`@authenticated`, `@requiresScopes`) enforced again inside the subgraph
 * with graphql-shield, built from the same directives that the router reads. Root fields, fields with a requirement of
 * their own, fields that return a guarded type, and `_entities`, which is a way around root fields.
 */
import { getDirectiveValues, getNamedType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import type { IMiddlewareGenerator } from 'graphql-middleware';
import { allow, rule, shield } from 'graphql-shield';
import { Forbidden, Unauthenticated, isPermission } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';

/** Throws unless the viewer meets the requirement. */
type Requirement = (viewer: Viewer) => void;

type RuleTree = Record<string, Record<string, ReturnType<ReturnType<typeof rule>>>>;

/** @returns a schema with the same types whose guarded fields refuse before their resolvers run */
export function shieldFromDirectives(schema: GraphQLSchema): GraphQLSchema {
  const rules = readRules(schema);
  const generator = shield(rules, {
    fallbackRule: allow,
    allowExternalErrors: true,
    fallbackError: (thrown: unknown) => (thrown instanceof Error ? thrown : new Unauthenticated()),
  }) as unknown as IMiddlewareGenerator<unknown, unknown, unknown>;
  return applyMiddleware(schema, keepGuarded(generator.generate(schema) as FieldMiddleware, rules));
}

type FieldMiddleware = Record<string, Record<string, never>>;

/** graphql-shield wraps every field, unguarded ones too, each with two promises: keep only what has a rule. */
function keepGuarded(generated: FieldMiddleware, rules: RuleTree): FieldMiddleware {
  return Object.fromEntries(
    Object.entries(rules).map(([type, fields]) => [
      type,
      Object.fromEntries(Object.keys(fields).map((field) => [field, generated[type]?.[field] as never])),
    ]),
  );
}

function readRules(schema: GraphQLSchema): RuleTree {
  const tree: RuleTree = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const requirements = requirementsOf(schema, type, field);
      if (requirements.length > 0)
        (tree[type.name] ??= {})[field.name] = ruleFor(`${type.name}.${field.name}`, requirements);
    }
  }
  const query = (tree[schema.getQueryType()?.name ?? 'Query'] ??= {});
  if (schema.getQueryType()?.getFields()['_entities']) query['_entities'] = entitiesRule(schema);
  return tree;
}

function ruleFor(name: string, requirements: readonly Requirement[]) {
  return rule(name, { cache: 'no_cache' })((_parent, _args, { viewer }: { viewer: Viewer }) => {
    for (const require of requirements) require(viewer);
    return true;
  });
}

function entitiesRule(schema: GraphQLSchema) {
  return rule('_entities', { cache: 'no_cache' })(
    (_parent, { representations }: { representations: { __typename?: string }[] }, { viewer }: { viewer: Viewer }) => {
      if (viewer.kind === 'anonymous') throw new Unauthenticated();
      for (const name of new Set(representations.map((representation) => representation.__typename)))
        for (const require of requirementsOfType(schema, name)) require(viewer);
      return true;
    },
  );
}

function requirementsOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): Requirement[] {
  if (field.name.startsWith('_')) return [];
  const own = readRequirements(schema, field.astNode);
  // The fields of a type are reached through a field that returns it, or through `_entities`: both are guarded.
  const returned = requirementsOfType(schema, getNamedType(field.type).name);
  return type === schema.getSubscriptionType() ? [] : [...own, ...returned];
}

function requirementsOfType(schema: GraphQLSchema, name: string | undefined): Requirement[] {
  const type = name === undefined ? undefined : schema.getType(name);
  if (!isObjectType(type)) return [];
  return [type.astNode, ...type.extensionASTNodes].flatMap((node) => readRequirements(schema, node));
}

type Directed = Parameters<typeof getDirectiveValues>[1] | null | undefined;

function readRequirements(schema: GraphQLSchema, node: Directed): Requirement[] {
  if (!node) return [];
  const requirements: Requirement[] = [];
  const authenticated = schema.getDirective('authenticated');
  if (authenticated && getDirectiveValues(authenticated, node)) requirements.push(requireSignedIn);
  const requiresScopes = schema.getDirective('requiresScopes');
  const scopes = requiresScopes && getDirectiveValues(requiresScopes, node)?.['scopes'];
  if (scopes) requirements.push(requireScopes(scopes as string[][]));
  return requirements;
}

function requireSignedIn(viewer: Viewer): void {
  if (viewer.kind === 'anonymous') throw new Unauthenticated();
}

/** @param alternatives any of the outer list, all of the inner one */
function requireScopes(alternatives: readonly (readonly string[])[]): Requirement {
  const needed = alternatives.map((scopes) =>
    scopes.map((scope) => {
      if (isPermission(scope)) return scope;
      throw new Error(`The SDL asks for the scope ${scope}, which is not in the catalogue of permissions.`);
    }),
  );
  return (viewer) => {
    if (viewer.kind === 'anonymous') throw new Unauthenticated();
    const lacking = needed.map((scopes) => scopes.find((scope) => !viewer.permissions.has(scope)));
    const [first] = lacking;
    if (first !== undefined && lacking.every((scope) => scope !== undefined)) throw new Forbidden(first);
  };
}
