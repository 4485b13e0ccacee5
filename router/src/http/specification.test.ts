/** The audit of the GraphQL over HTTP specification, by the `graphql-http` package. */
import { serverAudits } from 'graphql-http';
import type { AuditResult } from 'graphql-http';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

let world: World;
let authorization: string;

beforeAll(async () => {
  world = await startWorld();
  authorization = `Bearer ${await world.token()}`;
});

afterAll(() => world[Symbol.asyncDispose]());

// The audits are known before there is a server. Some of them introspect, which needs a viewer.
const audits = serverAudits({
  url: () => `${world.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', authorization);
    return fetch(url, { ...init, headers });
  },
});

/**
 * Where nothing else is asked for, the audit would have `application/json`, as the specification said until 2025. Since
 * then it says `application/graphql-response+json`, whose status codes tell what happened.
 */
const afterTheWatershed = new Set(['47DE', '80D8']);

test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (id, _name, audit) => {
  const result: AuditResult = await audit.fn();
  const expected = afterTheWatershed.has(id) ? 'warn' : 'ok';
  expect([result.status, 'reason' in result ? result.reason : undefined]).toEqual([
    expected,
    expected === 'ok' ? undefined : expect.any(String),
  ]);
});
