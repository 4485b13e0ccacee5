import { permissionsOf, roles } from '@opsconductor/authz';
import type { Role, UserViewer, Viewer } from '@opsconductor/authz';
import type { GuardedOperation } from './guards.ts';
import { allOf, isMet, missingOf, policiesOf } from './requirement.ts';
import type { Alternatives, Missing, Requirement } from './requirement.ts';

/** Who may run an operation, all of it. */
export interface Explanation {
  /** Each guarded field once, with what it, its type and the type around it ask for together. */
  readonly fields: readonly ({ readonly field: string } & Needs)[];
  /** What the operation as a whole needs. */
  readonly needs: Needs;
  /** The built-in roles that hold enough, if all policies say yes. */
  readonly roles: readonly Role[];
  /** The one who asks: with policies, as if all said yes. */
  readonly viewer: { readonly isAllowed: boolean; readonly missing?: Missing };
}

export interface Needs {
  readonly authenticated?: true;
  readonly scopes?: Alternatives;
  readonly policies?: Alternatives;
}

/** Alternatives of different fields multiply: an operation whose explanation would grow beyond this has one per field only. */
const MOST_ALTERNATIVES = 64;

export function explainOperation({ needs, coordinates, requirements }: GuardedOperation, viewer: Viewer): Explanation {
  const fields = new Map<string, Needs>();
  for (const [node, asked] of needs) fields.set(coordinates.get(node) ?? node.name.value, needsOf(allOf(asked)));
  const unmet = requirements.filter((requirement) => !isMet(requirement, viewer, () => true));
  return {
    fields: [...fields].map(([field, asked]) => ({ field, ...asked })),
    needs: needsOf(togetherOf(requirements)),
    roles: (Object.keys(roles) as Role[]).filter((role) => isEnough(role, requirements)),
    viewer: { isAllowed: unmet.length === 0, ...(unmet.length > 0 && { missing: missingOf(unmet, viewer) }) },
  };
}

function togetherOf(requirements: readonly Requirement[]): Requirement {
  const isFew = (sets: Alternatives | null | undefined) => (sets?.length ?? 0) <= MOST_ALTERNATIVES;
  return requirements.reduce<Requirement>(
    (together, requirement) => {
      const both = allOf([together, requirement]);
      return isFew(both.scopes) && isFew(both.policies) ? both : together;
    },
    { authenticated: false, scopes: null },
  );
}

function needsOf(requirement: Requirement): Needs {
  const { authenticated, scopes, policies } = requirement;
  const asked = policies ?? (policiesOf(requirement).length > 0 ? policiesOf(requirement).map((name) => [name]) : null);
  return {
    ...((authenticated || scopes) && { authenticated: true }),
    ...(scopes && { scopes }),
    ...(asked && { policies: asked }),
  };
}

function isEnough(role: Role, requirements: readonly Requirement[]): boolean {
  const holder: UserViewer = {
    kind: 'user',
    userId: '',
    sessionId: '',
    permissions: permissionsOf([role]),
    expiresAt: new Date(8.64e15),
  };
  return requirements.every((requirement) => isMet(requirement, holder, () => true));
}
