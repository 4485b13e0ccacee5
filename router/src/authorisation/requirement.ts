import type { Viewer } from '@opsconductor/authz';

/** What a viewer needs for a type or a field: all parts, where given. */
export interface Requirement {
  readonly authenticated: boolean;
  /** Alternatives, each a set of permissions of which all are needed. Null: none is asked for. Empty: nobody will do. */
  readonly scopes: Alternatives | null;
  /** Alternatives, each a set of policies that all have to say yes. */
  readonly policies?: Alternatives | null;
  /** One of these besides: what lies behind an interface or a union asks for things of different kinds. */
  readonly oneOf?: readonly Requirement[];
}

/** What policies say: without an answer, no. */
export type PolicyVerdict = (policy: string) => boolean;

const unanswered: PolicyVerdict = () => false;

export type Alternatives = readonly (readonly string[])[];

export function isMet(requirement: Requirement, viewer: Viewer, verdict: PolicyVerdict = unanswered): boolean {
  const { policies, oneOf } = requirement;
  if (!isMetByToken(requirement, viewer)) return false;
  if (policies && !policies.some((alternative) => alternative.every(verdict))) return false;
  return oneOf?.some((one) => isMet(one, viewer, verdict)) ?? true;
}

function isMetByToken({ authenticated, scopes }: Requirement, viewer: Viewer): boolean {
  if (viewer.kind === 'anonymous') return !authenticated && !scopes;
  const held: ReadonlySet<string> = viewer.permissions;
  return !scopes || scopes.some((alternative) => alternative.every((scope) => held.has(scope)));
}

/** Every policy that may be asked for. */
export function policiesOf({ policies, oneOf = [] }: Requirement): readonly string[] {
  return [...new Set([...(policies ?? []).flat(), ...oneOf.flatMap(policiesOf)])];
}

/** Met by exactly those who meet both. */
export function bothOf(one: Requirement, other: Requirement): Requirement {
  const both = (some: Alternatives | null = null, more: Alternatives | null = null) =>
    some && more ? product(some, more) : (some ?? more);
  const policies = both(one.policies, other.policies);
  return {
    authenticated: one.authenticated || other.authenticated,
    scopes: both(one.scopes, other.scopes),
    ...(policies && { policies }),
  };
}

/** Met by exactly those who meet at least one; undefined is met by everybody. */
export function anyOf(alternatives: readonly (Requirement | undefined)[]): Requirement | undefined {
  const demanding = alternatives.filter((requirement) => requirement !== undefined);
  if (demanding.length < alternatives.length) return undefined;
  if (demanding.some((requirement) => policiesOf(requirement).length > 0))
    return { authenticated: false, scopes: null, oneOf: demanding };
  const isSignInEnough = demanding.some(({ scopes }) => scopes === null);
  return {
    authenticated: true,
    scopes: isSignInEnough ? null : withoutSupersets(demanding.flatMap(({ scopes }) => scopes ?? [])),
  };
}

/** Whether everybody who meets the one meets the other too. */
export function implies(one: Requirement | undefined, other: Requirement | undefined): boolean {
  if (!other) return true;
  if (!one) return false;
  if (other.authenticated && !one.authenticated && !one.scopes) return false;
  return coversAll(one.scopes, other.scopes) && coversAll(one.policies, other.policies);
}

function coversAll(one: Alternatives | null | undefined, other: Alternatives | null | undefined): boolean {
  if (!other) return true;
  return one?.every((set) => other.some((subset) => isSubset(subset, set))) ?? false;
}

/** What of a requirement a viewer does not have: for the error that tells them. */
export interface Missing {
  readonly authenticated?: true;
  /** One of these sets would do. */
  readonly scopes?: Alternatives;
  /** Policies of one of these sets would all have to say yes. */
  readonly policies?: Alternatives;
}

/**
 * @param unmet requirements that the viewer does not meet and needs all of
 * @returns for a stranger no more than that they are one
 */
export function missingOf(unmet: readonly Requirement[], viewer: Viewer): Missing {
  if (viewer.kind === 'anonymous') return { authenticated: true };
  const held: ReadonlySet<string> = viewer.permissions;
  const scopes = unmet
    .filter((requirement) => requirement.scopes && !isMetByToken(requirement, viewer))
    .map((requirement) => without(requirement.scopes ?? [], held));
  const policies = unmet.flatMap(({ policies: asked }) => (asked ? [asked] : []));
  return {
    ...(scopes.length > 0 && { scopes: scopes.reduce(product) }),
    ...(policies.length > 0 && { policies: policies.reduce(product) }),
  };
}

/** All of which somebody needs, as one. */
export function allOf(requirements: readonly Requirement[]): Requirement {
  return requirements.reduce(bothOf, { authenticated: false, scopes: null });
}

function without(alternatives: Alternatives, held: ReadonlySet<string>): Alternatives {
  return withoutSupersets(alternatives.map((set) => set.filter((scope) => !held.has(scope))));
}

function product(one: Alternatives, other: Alternatives): Alternatives {
  return withoutSupersets(one.flatMap((left) => other.map((right) => [...new Set([...left, ...right])])));
}

/** An alternative that contains another, or repeats it, offers nothing. */
function withoutSupersets(alternatives: Alternatives): Alternatives {
  return alternatives.filter(
    (set, at) =>
      !alternatives.some((other, otherAt) => isSubset(other, set) && (other.length < set.length || otherAt < at)),
  );
}

function isSubset(subset: readonly string[], set: readonly string[]): boolean {
  return subset.every((scope) => set.includes(scope));
}
