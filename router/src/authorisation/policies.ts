/**
 * `@policy`: what permissions cannot say, a function says. It is asked before anything is planned, with the arguments of
 * the field that it guards and the one who asks. Only a plain yes is a yes: a policy that is not registered, throws, or
 * does not answer in time says no.
 */
import { getArgumentValues } from 'graphql/execution/values.js';
import type { Viewer } from '@opsconductor/authz';
import type { Log } from '@opsconductor/telemetry';
import type { GuardedOperation, PolicyPlace } from './guards.ts';
import { isMet, policiesOf } from './requirement.ts';
import type { Requirement } from './requirement.ts';

export interface PolicyQuestion {
  readonly viewer: Viewer;
  /** Of the field that is asked for, coerced, defaults included. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Name of the field that is asked for. */
  readonly field: string;
}

/** @returns true: yes. Anything else, and a rejection: no */
export type Policy = (question: PolicyQuestion) => boolean | Promise<boolean>;

/** By the name that `@policy` gives them. */
export type Policies = Readonly<Record<string, Policy>>;

/** What the policies of one operation said, each at its place. */
export type Verdicts = ReadonlyMap<Requirement, ReadonlySet<string>>;

/** A policy that takes longer says no. */
const POLICY_MS = 1_000;

/**
 * @param variables coerced
 * @returns undefined when no policy has to be asked
 */
export function askPolicies(
  { requirements, policyPlaces }: GuardedOperation,
  viewer: Viewer,
  variables: Readonly<Record<string, unknown>>,
  { policies, log }: { readonly policies: Policies; readonly log: Log | undefined },
): Promise<Verdicts> | undefined {
  // Who fails by their permissions already is not asked about.
  const open = requirements.filter(
    (requirement) => policyPlaces.has(requirement) && isMet(requirement, viewer, () => true),
  );
  if (open.length === 0) return undefined;
  const answers = new Map<string, Promise<boolean>>();

  async function ask(name: string, question: PolicyQuestion): Promise<boolean> {
    const policy = Object.hasOwn(policies, name) ? policies[name] : undefined;
    if (!policy) {
      log?.warn({ policy: name }, 'policy.missing');
      return false;
    }
    const { promise: late, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(() => resolve(false), POLICY_MS);
    try {
      return (await Promise.race([policy(question), late])) === true;
    } catch (error) {
      log?.error({ policy: name, err: error }, 'policy.failed');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  async function verdictOf(requirement: Requirement): Promise<readonly [Requirement, ReadonlySet<string>]> {
    const { node, definition } = policyPlaces.get(requirement) as PolicyPlace;
    const given = argumentsOf({ node, definition }, variables);
    const question = given && { viewer, arguments: given, field: definition.name };
    const said = await Promise.all(
      policiesOf(requirement).map(async (name) => {
        if (!question) return undefined;
        const key = JSON.stringify([name, definition.name, given]);
        const answer = answers.get(key) ?? ask(name, question);
        answers.set(key, answer);
        return (await answer) ? name : undefined;
      }),
    );
    return [requirement, new Set(said.filter((name) => name !== undefined))];
  }

  return Promise.all(open.map(verdictOf)).then((verdicts) => new Map(verdicts));
}

/** Undefined when they cannot be read: the execution says what is wrong with them, and no policy says yes to it. */
function argumentsOf({ node, definition }: PolicyPlace, variables: Readonly<Record<string, unknown>>) {
  try {
    return getArgumentValues(definition, node, variables);
  } catch {
    return undefined;
  }
}
