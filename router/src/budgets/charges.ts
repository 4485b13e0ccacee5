import type { CostSettings } from '../cost/costs.ts';
import type { RouterMetrics } from '../metrics.ts';
import type { Caller, OperationResult, PreparedOperation } from '../operations/operation.ts';
import type { Budgets, RateLimitHeaders } from './budgets.ts';

/** What a request was charged when it began. */
export interface Charge {
  readonly headers: RateLimitHeaders;
  /** Settles the charge with what the answer cost. @returns the answer, with `extensions.cost` when that is wanted */
  settle(result: OperationResult): OperationResult;
}

export interface Charges {
  /**
   * Once per request, before it runs. A subscription is charged when it begins and not settled: how often it reads is
   * bounded by its settings.
   * @param isCostAsked true when the client wants to see the cost
   * @throws {BudgetExceeded}
   */
  charge(prepared: PreparedOperation, caller: Caller, isCostAsked: boolean): Promise<Charge> | Charge;
}

export interface ChargesOptions {
  readonly budgets: Budgets;
  readonly settings: CostSettings;
  readonly metrics: RouterMetrics;
}

export function createCharges({ budgets, settings, metrics }: ChargesOptions): Charges {
  return {
    charge({ cost }, { viewer }, isCostAsked) {
      const { estimated } = cost;
      metrics.costEstimated.observe(estimated);
      const isReported = settings.report === 'always' || isCostAsked;
      const spent = budgets.spend(viewer, estimated);
      const settling = ({ headers, settle }: Awaited<typeof spent>): Charge => ({
        headers,
        settle(result) {
          const actual = cost.actual(result.data);
          metrics.costActual.observe(actual);
          settle(actual);
          if (!isReported) return result;
          return {
            ...result,
            extensions: { ...result.extensions, cost: { estimated, actual, limit: settings.maxCost } },
          };
        },
      });
      return 'then' in spent ? spent.then(settling) : settling(spent);
    },
  };
}
