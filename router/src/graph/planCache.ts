import type { QueryPlan, QueryPlanCache } from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import type { RouterMetrics } from '../metrics.ts';

const PLANS = 2_000;

/** Query plans by hash of the operation, the least recently used given up first. A miss is where planning begins. */
export function createPlanCache({ planCache, planDuration }: RouterMetrics): QueryPlanCache {
  const plans = new LRUCache<string, QueryPlan>({ max: PLANS });
  const begun = new LRUCache<string, () => void>({ max: PLANS });
  return {
    async get(key) {
      const plan = plans.get(key);
      planCache.inc({ result: plan ? 'hit' : 'miss' });
      if (!plan) begun.set(key, planDuration.startTimer());
      return plan;
    },
    async set(key, plan) {
      plans.set(key, plan);
      begun.get(key)?.();
      begun.delete(key);
    },
    async delete(key) {
      return plans.delete(key);
    },
    clear() {
      plans.clear();
      begun.clear();
    },
  };
}
