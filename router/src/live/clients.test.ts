/** The clients that people use, against the router: each is given its answers, over each transport that it speaks. */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { waitFor } from '../testing/waitFor.ts';
import { startWorld } from '../testing/world.ts';
import type { World } from '../testing/world.ts';

const live = 'subscription Live { job(id: "j1") { id status } }';
const feed = 'subscription Feed { jobEvents(jobId: "j1") { nodes { sequence } pageInfo { endCursor } } }';

/** Answers of a client as they come, and a way to stop it. */
interface Watched {
  readonly statuses: unknown[];
  readonly errors: unknown[];
  stop(): void;
}

type Watch = (world: World, token: string) => Watched;

const statusOf = (data: unknown): unknown => (data as { job: { status: string } }).job.status;

function watchWithApollo(world: World, token: string): Watched {
  const [statuses, errors]: [unknown[], unknown[]] = [[], []];
  const link = new HttpLink({ uri: `${world.url}/graphql`, headers: { authorization: `Bearer ${token}` } });
  const client = new ApolloClient({ link: ApolloLink.from([link]), cache: new InMemoryCache() });
  const subscription = client
    .subscribe({ query: gql(live) })
    .subscribe({ next: ({ data }) => statuses.push(statusOf(data)), error: (error) => errors.push(error) });
  return { statuses, errors, stop: () => (subscription.unsubscribe(), client.stop()) };
}

function watchWithUrql(world: World, token: string): Watched {
  const [statuses, errors]: [unknown[], unknown[]] = [[], []];
  const client = new Client({
    url: `${world.url}/graphql`,
    exchanges: [cacheExchange, fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
  });
  const { unsubscribe } = client.subscription(live, {}).subscribe(({ data, error }) => {
    if (error) errors.push(error);
    else statuses.push(statusOf(data));
  });
  return { statuses, errors, stop: unsubscribe };
}

function watchWithSse(singleConnection: boolean): Watch {
  return (world, token) => {
    const [statuses, errors]: [unknown[], unknown[]] = [[], []];
    const client = createSseClient({
      url: `${world.url}/graphql`,
      singleConnection,
      headers: () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }),
    });
    const stop = client.subscribe(
      { query: live },
      {
        next: ({ data }) => statuses.push(statusOf(data)),
        error: (error) => errors.push(error),
        complete: () => undefined,
      },
    );
    return { statuses, errors, stop: () => (stop(), client.dispose()) };
  };
}

function watchWithWs(world: World, accessToken: string): Watched {
  const [statuses, errors]: [unknown[], unknown[]] = [[], []];
  const url = `${world.url.replace('http', 'ws')}/graphql`;
  const client = createWsClient({ url, webSocketImpl: WebSocket, connectionParams: { accessToken } });
  const stop = client.subscribe(
    { query: live },
    {
      next: ({ data }) => statuses.push(statusOf(data)),
      error: (error) => errors.push(error),
      complete: () => undefined,
    },
  );
  return { statuses, errors, stop: () => (stop(), void client.dispose()) };
}

test.each<[string, Watch]>([
  ['Apollo Client over multipart', watchWithApollo],
  ['urql over event streams', watchWithUrql],
  ['graphql-sse with a connection for each operation', watchWithSse(false)],
  ['graphql-sse with a single connection', watchWithSse(true)],
  ['graphql-ws', watchWithWs],
])('%s sees every change and can stop', async (_name, watch) => {
  await using world = await startWorld();
  const job = world.jobs.add('j1');
  const watched = watch(world, await world.token());
  await waitFor(() => watched.statuses.length === 1 || watched.errors.length > 0);
  for (const status of ['FAILED', 'RETRIED']) {
    job.status = status;
    const before = watched.statuses.length;
    await world.wakeUps.announce(['job.j1']);
    await waitFor(() => watched.statuses.length > before || watched.errors.length > 0);
  }
  expect(watched).toMatchObject({ statuses: ['RUNNING', 'FAILED', 'RETRIED'], errors: [] });
  watched.stop();
  await waitFor(() => world.wakeUps.topics.length === 0);
});

test('Apollo Client and urql are told of a refusal', async () => {
  await using world = await startWorld();
  const token = await world.token(['user:read']);
  const apollo = new ApolloClient({
    link: new HttpLink({ uri: `${world.url}/graphql`, headers: { authorization: `Bearer ${token}` } }),
    cache: new InMemoryCache(),
  });
  const answers: { error?: unknown }[] = [];
  apollo.subscribe({ query: gql(live) }).subscribe({ next: (answer) => answers.push(answer) });
  await waitFor(() => answers.length > 0);
  expect(String(answers[0]?.error)).toContain('Unauthorized field or type');
  apollo.stop();
});

test('graphql-ws resumes a feed by its cursor after the socket is cut, with nothing missed or repeated', async () => {
  await using world = await startWorld();
  world.jobs.add('j1');
  for (let event = 0; event < 3; event += 1) world.jobs.record('j1', 'before');
  const sockets: WebSocket[] = [];
  class Cuttable extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const client = createWsClient({
    url: `${world.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: Cuttable,
    connectionParams: { accessToken: await world.token() },
    retryAttempts: 0,
  });
  const received: number[] = [];
  let after: string | null = null;
  const take = async (until: number): Promise<void> => {
    const query = feed
      .replace('subscription Feed', 'subscription Feed($after: String)')
      .replace('"j1"', '"j1", after: $after');
    const answers = client.iterate({ query, variables: { after } });
    for await (const { data } of answers) {
      const page = data?.['jobEvents'] as { nodes: { sequence: number }[]; pageInfo: { endCursor: string } };
      received.push(...page.nodes.map(({ sequence }) => sequence));
      after = page.pageInfo.endCursor;
      if (received.length >= until) sockets.at(-1)?.terminate();
    }
  };
  await expect(take(3)).rejects.toBeDefined();
  for (let event = 0; event < 3; event += 1) world.jobs.record('j1', 'meanwhile');
  await expect(take(6)).rejects.toBeDefined();
  expect(received).toEqual([1, 2, 3, 4, 5, 6]);
  await client.dispose();
});
