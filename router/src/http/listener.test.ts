import { SubgraphUnavailable } from '../transports/transport.ts';
import { startWorld } from '../testing/world.ts';

test('a person who opens the address is told what it is, without anything from elsewhere', async () => {
  await using world = await startWorld();
  const response = await fetch(world.url);
  const page = await response.text();
  expect(page).toContain('POST /graphql');
  expect(page).not.toMatch(/(src|href)="https?:/);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
});

test('every answer has a request id and is not stored', async () => {
  await using world = await startWorld();
  for (const path of ['/', '/live', '/ready', '/nothing', '/graphql']) {
    const { headers } = await fetch(world.url + path);
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('cache-control')).toBe('no-store');
  }
});

test('public keys are served; metrics are not, but on an address of their own', async () => {
  await using world = await startWorld();
  expect(await (await fetch(`${world.url}/.well-known/jwks.json`)).json()).toEqual(world.issuer.publicKeys);
  expect((await fetch(`${world.url}/metrics`)).status).toBe(404);
  const metricsUrl = await world.router.listenForMetrics({ host: '127.0.0.1', port: 0 });
  expect(await (await fetch(`${metricsUrl}/metrics`)).text()).toContain('opsc_router_open_connections');
});

test('it is ready when wake-ups are heard and every subgraph answers', async () => {
  let isUp = false;
  const flaky = {
    execute: async () => {
      if (!isUp) throw new SubgraphUnavailable('down');
      return { data: { __typename: 'Query' } };
    },
    close: async () => undefined,
  };
  await using down = await startWorld({ subgraphs: { work: flaky } });
  expect((await fetch(`${down.url}/ready`)).status).toBe(503);
  expect(await (await fetch(`${down.url}/live`)).json()).toEqual({ status: 'live' });
  isUp = true;
  await using up = await startWorld({ subgraphs: { work: flaky } });
  expect(await (await fetch(`${up.url}/ready`)).json()).toEqual({ status: 'ready' });
  up.wakeUps.isUp = false;
  expect((await fetch(`${up.url}/ready`)).status).toBe(503);
});
