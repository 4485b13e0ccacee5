import { createMetrics } from '@opsconductor/telemetry';
import type { UserViewer } from '@opsconductor/authz';
import { createRouterMetrics } from '../metrics.ts';
import { BudgetExceeded, createBudgets } from './budgets.ts';
import { createMemoryBuckets } from './memoryBuckets.ts';
import { principalOf } from './principal.ts';

const user = (userId: string): UserViewer => ({
  kind: 'user',
  userId,
  sessionId: 's',
  permissions: new Set(),
  expiresAt: new Date(),
});
const stranger = (clientAddress: string) => ({ kind: 'anonymous', clientAddress }) as const;

let now = 0;
const registry = createMetrics();
const budgets = createBudgets(
  { user: { requestsPerMinute: 60, costPerMinute: 1_000 }, stranger: { requestsPerMinute: 3, costPerMinute: 100 } },
  createMemoryBuckets(() => now),
  createRouterMetrics(registry),
);
afterAll(() => registry.clear());

async function refusalOf(run: () => unknown): Promise<BudgetExceeded> {
  try {
    await run();
  } catch (error) {
    if (error instanceof BudgetExceeded) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('says what is left in the headers of the draft', async () => {
  const { headers } = await budgets.spend(user('a'), 100);
  expect(headers).toEqual({
    'ratelimit-policy': '"requests";q=60;w=60, "cost";q=1000;w=60',
    ratelimit: '"requests";r=59;t=1, "cost";r=900;t=6',
  });
});

test('gives back what was estimated too high, and charges what was estimated too low', async () => {
  const spent = await budgets.spend(user('b'), 900);
  spent.settle(100);
  expect((await budgets.spend(user('b'), 0)).headers['ratelimit']).toContain('"cost";r=900');
  const cheap = await budgets.spend(user('b'), 100);
  cheap.settle(500);
  expect((await budgets.spend(user('b'), 0)).headers['ratelimit']).toContain('"cost";r=400');
});

test('an operation dearer than the budget is served from a full bucket, and settled by what was taken', async () => {
  const spent = await budgets.spend(user('c'), 5_000);
  spent.settle(10);
  expect((await budgets.spend(user('c'), 0)).headers['ratelimit']).toContain('"cost";r=990');
});

test('refuses what is beyond, and says for how long and why', async () => {
  await budgets.spend(user('d'), 950);
  const { headers, errors } = await refusalOf(() => budgets.spend(user('d'), 100));
  expect(headers['retry-after']).toBe('3');
  expect(headers['ratelimit']).toContain('"cost";r=50');
  expect(errors[0]?.extensions).toEqual({ code: 'REQUEST_RATE_LIMITED', retryAfterSeconds: 3, budget: 'cost' });
  now += 3_000;
  await budgets.spend(user('d'), 100);
  expect(await registry.getSingleMetricAsString('opsc_router_budget_refusals_total')).toContain('budget="cost"} 1');
});

test('strangers share the budget of their address, users have their own', async () => {
  for (let i = 0; i < 3; i += 1) await budgets.spend(stranger('192.0.2.1'), 1);
  expect((await refusalOf(() => budgets.spend(stranger('192.0.2.1'), 1))).headers['retry-after']).toBe('20');
  await budgets.spend(stranger('192.0.2.2'), 1);
  await budgets.spend(user('e'), 1);
});

test('a budget of 0 is none', async () => {
  const none = { requestsPerMinute: 0, costPerMinute: 0 };
  const metrics = createRouterMetrics(createMetrics());
  const unlimited = createBudgets({ user: none, stranger: none }, createMemoryBuckets(), metrics);
  expect((await unlimited.spend(user('f'), 1e9)).headers).toEqual({});
});

test.each([
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['192.0.2.1', '192.0.2.1'],
])('the stranger at %s counts as %s', (address, principal) => {
  expect(principalOf(stranger(address))).toBe(`address:${principal}`);
});
