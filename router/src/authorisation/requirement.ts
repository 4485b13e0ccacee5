import type { Viewer } from '@opsconductor/authz';

/** What a viewer needs for a type or a field: both parts, where given. */
export interface Requirement {
  readonly authenticated: boolean;
  /** Alternatives, each a set of permissions of which all are needed. Null: none is asked for. Empty: nobody will do. */
  readonly scopes: Alternatives | null;
}

export type Alternatives = readonly (readonly string[])[];

export function isMet({ authenticated, scopes }: Requirement, viewer: Viewer): boolean {
  if (viewer.kind === 'anonymous') return !authenticated && !scopes;
  const held: ReadonlySet<string> = viewer.permissions;
  return !scopes || scopes.some((alternative) => alternative.every((scope) => held.has(scope)));
}

/** Met by exactly those who meet both. */
export function bothOf(one: Requirement, other: Requirement): Requirement {
  return {
    authenticated: one.authenticated || other.authenticated,
    scopes: one.scopes && other.scopes ? product(one.scopes, other.scopes) : (one.scopes ?? other.scopes),
  };
}

/** Met by exactly those who meet at least one; undefined is met by everybody. */
export function anyOf(alternatives: readonly (Requirement | undefined)[]): Requirement | undefined {
  const demanding = alternatives.filter((requirement) => requirement !== undefined);
  if (demanding.length < alternatives.length) return undefined;
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
  if (!other.scopes) return true;
  return one.scopes?.every((set) => other.scopes?.some((subset) => isSubset(subset, set))) ?? false;
}

/** What of a requirement a viewer does not have: for the error that tells them. */
export interface Missing {
  readonly authenticated?: true;
  /** One of these sets would do. */
  readonly scopes?: Alternatives;
}

/**
 * @param unmet requirements that the viewer does not meet and needs all of
 * @returns for a stranger no more than that they are one
 */
export function missingOf(unmet: readonly Requirement[], viewer: Viewer): Missing {
  if (viewer.kind === 'anonymous') return { authenticated: true };
  const held: ReadonlySet<string> = viewer.permissions;
  const sets = unmet.map(({ scopes }) => scopes ?? []).map((alternatives) => without(alternatives, held));
  return { scopes: sets.reduce(product) };
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
