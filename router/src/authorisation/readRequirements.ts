/**
 * What the composed supergraph asks of a viewer. Composition has already combined the subgraphs (a requirement of one
 * holds for all) and carried requirements of types up to the interfaces they implement; this only reads the outcome.
 */
import { Kind, parse, valueFromASTUntyped } from 'graphql';
import type { ConstDirectiveNode, DocumentNode, TypeDefinitionNode, TypeExtensionNode } from 'graphql';
import { AUTHENTICATED, linksOf, POLICY, REQUIRES_SCOPES } from './links.ts';
import { bothOf } from './requirement.ts';
import type { Alternatives, Requirement } from './requirement.ts';

/** What the supergraph asks for. Types and fields that are not named ask for nothing. */
export interface Requirements {
  readonly types: ReadonlyMap<string, Requirement>;
  /** By coordinate: `User.email`. */
  readonly fields: ReadonlyMap<string, Requirement>;
}

/**
 * Reads every `@authenticated`, `@requiresScopes` and `@policy`, by the names that the `@link`s give them. Whether anything else
 * asks to be enforced is the question of `assertEnforceable`.
 */
export function readRequirements(supergraphSdl: string): Requirements {
  return requirementsOf(parse(supergraphSdl, { noLocation: true }));
}

export function requirementsOf(supergraph: DocumentNode): Requirements {
  const links = linksOf(supergraph);
  const named = (identity: string, name: string): string | undefined =>
    links.find((link) => link.identity === identity)?.directiveName(name);
  const names = {
    authenticated: named(AUTHENTICATED, 'authenticated'),
    requiresScopes: named(REQUIRES_SCOPES, 'requiresScopes'),
    policy: named(POLICY, 'policy'),
  };
  const requirements = { types: new Map<string, Requirement>(), fields: new Map<string, Requirement>() };
  for (const definition of supergraph.definitions) {
    if (!isOfType(definition)) continue;
    const type = definition.name.value;
    demand(requirements.types, type, requirementOf(definition.directives, names));
    for (const field of 'fields' in definition ? (definition.fields ?? []) : [])
      demand(requirements.fields, `${type}.${field.name.value}`, requirementOf(field.directives, names));
  }
  return requirements;
}

/** A definition and its extensions each add to what the type asks for. */
function demand(demanded: Map<string, Requirement>, name: string, requirement: Requirement | null): void {
  if (!requirement) return;
  const earlier = demanded.get(name);
  demanded.set(name, earlier ? bothOf(earlier, requirement) : requirement);
}

interface DirectiveNames {
  readonly authenticated: string | undefined;
  readonly requiresScopes: string | undefined;
  readonly policy: string | undefined;
}

function requirementOf(directives: readonly ConstDirectiveNode[] = [], names: DirectiveNames): Requirement | null {
  const applied = (name: string | undefined): ConstDirectiveNode | undefined =>
    directives.find((directive) => directive.name.value === name);
  const scopesNode = applied(names.requiresScopes);
  const authenticated = applied(names.authenticated) !== undefined;
  const policyNode = applied(names.policy);
  if (!authenticated && !scopesNode && !policyNode) return null;
  return {
    authenticated,
    scopes: scopesNode ? alternativesIn(scopesNode, 'scopes') : null,
    ...(policyNode && { policies: alternativesIn(policyNode, 'policies') }),
  };
}

/** What is not a list of lists of text becomes no alternative at all, which nobody meets. */
function alternativesIn(directive: ConstDirectiveNode, name: 'scopes' | 'policies'): Alternatives {
  const argument = directive.arguments?.find((given) => given.name.value === name);
  const value: unknown = argument ? valueFromASTUntyped(argument.value) : null;
  const isList = (item: unknown): item is unknown[] => Array.isArray(item);
  const isTexts = (item: unknown): item is string[] => isList(item) && item.every((scope) => typeof scope === 'string');
  return isList(value) && value.every(isTexts) ? value : [];
}

function isOfType(definition: { kind: string }): definition is TypeDefinitionNode | TypeExtensionNode {
  return typeKinds.has(definition.kind);
}

const typeKinds: ReadonlySet<string> = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_EXTENSION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_EXTENSION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.UNION_TYPE_EXTENSION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.ENUM_TYPE_EXTENSION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_EXTENSION,
]);
