/**
 * How much a principal may ask in a time: so many requests, and so much cost. What a request is estimated to cost is
 * taken before it runs; when its answer is there, the difference to what it did cost is given back.
 */
import type { Viewer } from '@opsconductor/authz';
import type { RouterMetrics } from '../metrics.ts';
import { HttpRefused } from '../http/httpRefused.ts';
import type { BucketPolicy, BucketState, BucketStore, Taken } from './buckets.ts';
import { principalOf } from './principal.ts';

/** Units that come back in a minute, evenly; unused ones are kept up to that number. 0: there is no such budget. */
export interface Budget {
  readonly requestsPerMinute: number;
  readonly costPerMinute: number;
}

export interface BudgetSettings {
  readonly user: Budget;
  /** Of an address, for all who have not signed in there. */
  readonly stranger: Budget;
}

/** The headers `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10). */
export type RateLimitHeaders = Readonly<Record<string, string>>;

export interface Spent {
  readonly headers: RateLimitHeaders;
  /** Called once, when the cost of the answer is known. */
  settle(actual: number): void;
}

export interface Budgets {
  /** @throws {BudgetExceeded} */
  spend(viewer: Viewer, estimatedCost: number): Promise<Spent> | Spent;
}

/** The principal has used up a budget. */
export class BudgetExceeded extends HttpRefused {
  constructor(budget: string, retryAfterSeconds: number, headers: RateLimitHeaders) {
    const message = `The budget of ${budget} is used up. Try again in ${retryAfterSeconds} s.`;
    const retrying = { ...headers, 'retry-after': String(retryAfterSeconds) };
    super(429, 'REQUEST_RATE_LIMITED', message, retrying, { retryAfterSeconds, budget });
    this.name = 'BudgetExceeded';
  }
}

export function createBudgets(
  { user, stranger }: BudgetSettings,
  store: BucketStore,
  { budgetRefusals }: Pick<RouterMetrics, 'budgetRefusals'>,
): Budgets {
  const ofUser = policiesOf(user);
  const ofStranger = policiesOf(stranger);

  function refuse(policies: readonly BucketPolicy[], states: readonly BucketState[], headers: RateLimitHeaders): never {
    const waits = states.map(({ retryAfterSeconds }) => retryAfterSeconds);
    const seconds = Math.max(1, Math.ceil(Math.max(...waits)));
    const { name } = policies[waits.findIndex((wait) => wait > 0)] as BucketPolicy;
    budgetRefusals.inc({ budget: name });
    throw new BudgetExceeded(name, seconds, headers);
  }

  return {
    spend(viewer, estimatedCost) {
      const { policies, header } = viewer.kind === 'anonymous' ? ofStranger : ofUser;
      if (policies.length === 0) return unlimited;
      const principal = principalOf(viewer);
      const asks = policies.map((policy) => ({ policy, amount: policy.name === COST ? estimatedCost : 1 }));
      const decide = ({ isGranted, states }: Taken): Spent => {
        const headers = { 'ratelimit-policy': header, ratelimit: rateLimitOf(policies, states) };
        if (!isGranted) refuse(policies, states, headers);
        return { headers, settle: (actual) => settle(principal, estimatedCost, actual) };
      };
      const taken = store.take(principal, asks);
      return 'then' in taken ? taken.then(decide) : decide(taken);

      function settle(owner: string, estimated: number, actual: number): void {
        const cost = policies.find(({ name }) => name === COST);
        if (cost && actual !== estimated) store.giveBack(owner, cost, Math.min(estimated, cost.capacity) - actual);
      }
    },
  };
}

const COST = 'cost';
const WINDOW_SECONDS = 60;

const unlimited: Spent = { headers: {}, settle: () => undefined };

interface Policies {
  readonly policies: readonly BucketPolicy[];
  /** The value of `RateLimit-Policy`. */
  readonly header: string;
}

function policiesOf({ requestsPerMinute, costPerMinute }: Budget): Policies {
  const policies = [
    { name: 'requests', capacity: requestsPerMinute, windowSeconds: WINDOW_SECONDS },
    { name: COST, capacity: costPerMinute, windowSeconds: WINDOW_SECONDS },
  ].filter(({ capacity }) => capacity > 0);
  const header = policies.map(({ name, capacity }) => `"${name}";q=${capacity};w=${WINDOW_SECONDS}`).join(', ');
  return { policies, header };
}

function rateLimitOf(policies: readonly BucketPolicy[], states: readonly BucketState[]): string {
  return policies
    .map(({ name }, index) => {
      const { remaining, fullInSeconds } = states[index] as BucketState;
      return `"${name}";r=${remaining};t=${Math.ceil(fullInSeconds)}`;
    })
    .join(', ');
}
