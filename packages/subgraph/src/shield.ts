/**
 * The second wall: the requirements of the SDL (`@authenticated`, `@requiresScopes`) enforced again inside the subgraph
 * with graphql-shield, built from the same directives that the router reads. Root fields, fields with a requirement of
 * their own, fields that return a guarded type, and `_entities`, which is a way around root fields.
 */
import { createRequire } from 'node:module';
import { getDirectiveValues, getNamedType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import type { IMiddlewareGenerator } from 'graphql-middleware';
import type * as GraphqlShield from 'graphql-shield';
import { Forbidden, Unauthenticated, isPermission } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';

// The ESM build of graphql-shield 7.6 imports util.isUndefined, which Node has removed; its CommonJS build loads.
const { allow, rule, shield } = createRequire(import.meta.url)('graphql-shield') as typeof GraphqlShield;

/** @returns why the viewer does not meet the requirement; undefined when they do */
type Requirement = (viewer: Viewer) => Error | undefined;

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
    return findUnmet(requirements, viewer) ?? true;
  });
}

/** Returned and not thrown: graphql-shield makes a plain `false` of what a rule throws. */
function findUnmet(requirements: readonly Requirement[], viewer: Viewer): Error | undefined {
  for (const meet of requirements) {
    const unmet = meet(viewer);
    if (unmet) return unmet;
  }
  return undefined;
}

function entitiesRule(schema: GraphQLSchema) {
  return rule('_entities', { cache: 'no_cache' })(
    (_parent, { representations }: { representations: { __typename?: string }[] }, { viewer }: { viewer: Viewer }) => {
      const names = new Set(representations.map((representation) => representation.__typename));
      const requirements = [...names].flatMap((name) => requirementsOfType(schema, name));
      return findUnmet([requireSignedIn, ...requirements], viewer) ?? true;
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

function requireSignedIn(viewer: Viewer): Error | undefined {
  return viewer.kind === 'anonymous' ? new Unauthenticated() : undefined;
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
    if (viewer.kind === 'anonymous') return new Unauthenticated();
    const lacking = needed.map((scopes) => scopes.find((scope) => !viewer.permissions.has(scope)));
    const [first] = lacking;
    return first !== undefined && lacking.every((scope) => scope !== undefined) ? new Forbidden(first) : undefined;
  };
}
