/** A small supergraph of two real subgraphs, composed like the product's own and with its own shared SDL. */
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GraphQLError, graphql, parse } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { SubgraphCall, SubgraphRequest, SubgraphResponse } from '../transports/transport.ts';
import { people } from './jobs.ts';
import type { Jobs } from './jobs.ts';

const shared = readFileSync(new URL('../../../schema/shared.graphql', import.meta.url), 'utf8');

export const peopleSdl = `${shared}
type Query {
  ping: String! @tag(name: "public")
  person(id: ID!): Person @requiresScopes(scopes: [["user:read"]])
  viewer: Viewer! @authenticated
}
type Viewer @authenticated { permissions: [String!]! }
type Person @key(fields: "id") @authenticated {
  id: ID!
  name: String!
  email: String @requiresScopes(scopes: [["user:read"]])
}`;

export const workSdl = `${shared}
type Query {
  job(id: ID!): Job @requiresScopes(scopes: [["execution:read"]])
  jobEvents(jobId: ID!, after: String, first: Int = 2): JobEventConnection! @requiresScopes(scopes: [["execution:read"]])
  never: String @authenticated
  failing(how: String!): String @authenticated
}
type Mutation {
  startJob(name: String!): Job! @requiresScopes(scopes: [["execution:start"]])
}
type Subscription {
  job(id: ID!): Job @requiresScopes(scopes: [["execution:read"]]) @live(topic: "job.{id}")
  jobEvents(jobId: ID!, after: String, first: Int = 2): JobEventConnection!
    @requiresScopes(scopes: [["execution:read"]]) @live(topic: "job.{jobId}.events", cursor: "after")
}
type Job @key(fields: "id") @requiresScopes(scopes: [["execution:read"]]) {
  id: ID!
  name: String!
  status: String!
  startedBy: Person
}
type JobEventConnection { nodes: [JobEvent!]! pageInfo: PageInfo! }
type JobEvent { sequence: Int! text: String! }
type Person @key(fields: "id", resolvable: false) { id: ID! }`;

export function composeSupergraph(
  parts: Readonly<Record<string, string>> = { people: peopleSdl, work: workSdl },
): string {
  const services = Object.entries(parts).map(([name, sdl]) => ({ name, url: '', typeDefs: parse(sdl) }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(`The test graph does not compose: ${errors?.join('\n')}`);
  return supergraphSdl;
}

/** A subgraph of the test graph: what it was called with, and a way to call it. */
export interface TestSubgraph {
  readonly name: string;
  readonly schema: GraphQLSchema;
  readonly calls: { readonly request: SubgraphRequest; readonly call: SubgraphCall }[];
  readonly execute: (request: SubgraphRequest, call: SubgraphCall) => Promise<SubgraphResponse>;
  stop(): Promise<void>;
}

/** @param sessions what has become of the sessions that tokens were issued for */
export function createPeople(sessions: TestSessions = createTestSessions()): TestSubgraph {
  return createTestSubgraph('people', peopleSdl, {
    Query: {
      ping: () => 'pong',
      person: (_: unknown, { id }: { id: string }) => people.get(id) ?? null,
      viewer: (_: unknown, __: unknown, { viewer }: SubgraphCall) => {
        if (sessions.isDown) throw new Error('The database does not answer.');
        if (viewer.kind !== 'user' || sessions.ended.has(viewer.userId))
          throw new GraphQLError('This session has ended.', { extensions: { code: 'UNAUTHENTICATED' } });
        return { permissions: [...viewer.permissions].filter((permission) => !sessions.lost.has(permission)) };
      },
    },
    Person: { __resolveReference: ({ id }: { id: string }) => people.get(id) ?? null },
  });
}

export interface TestSessions {
  /** Ids of users whose sessions have ended. */
  readonly ended: Set<string>;
  /** Permissions that nobody has any more. */
  readonly lost: Set<string>;
  /** Nobody can tell. */
  isDown: boolean;
}

export function createTestSessions(): TestSessions {
  return { ended: new Set(), lost: new Set(), isDown: false };
}

export function createWork(jobs: Jobs): TestSubgraph {
  const find = (id: string) => jobs.jobs.get(id) ?? null;
  return createTestSubgraph('work', workSdl, {
    Query: {
      job: (_: unknown, { id }: { id: string }) => {
        jobs.resolved.push('job');
        return find(id);
      },
      jobEvents: (_: unknown, { jobId, after, first }: { jobId: string; after: string | null; first: number }) => {
        jobs.resolved.push('jobEvents');
        return jobs.page(jobId, after, first);
      },
      never: (_: unknown, __: unknown, { signal }: SubgraphCall) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      failing: (_: unknown, { how }: { how: string }) => fail(how),
    },
    Mutation: {
      startJob: (_: unknown, { name }: { name: string }) => {
        jobs.resolved.push('startJob');
        return jobs.add(`new-${jobs.jobs.size}`, { name });
      },
    },
    Job: {
      __resolveReference: ({ id }: { id: string }) => find(id),
      startedBy: ({ startedBy }: { startedBy: string }) => ({ id: startedBy }),
    },
  });
}

/** Errors as subgraphs have them: some for clients, some not. */
function fail(how: string): never {
  if (how === 'plain') throw new Error('select * from secrets at 10.0.0.7');
  const stacktrace = ['Error: boom', '    at /srv/app/secret.ts:1:1'];
  throw new GraphQLError(`said by the subgraph: ${how}`, {
    extensions: { code: how, stacktrace, serviceName: 'work' },
  });
}

function createTestSubgraph(name: string, sdl: string, resolvers: object): TestSubgraph {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]);
  const calls: TestSubgraph['calls'] = [];
  return {
    name,
    schema,
    calls,
    async execute(request, call) {
      calls.push({ request, call });
      const { query, variables, operationName } = request;
      const result = await graphql({
        schema,
        source: query,
        variableValues: variables ?? null,
        operationName: operationName ?? null,
        contextValue: call,
      });
      return JSON.parse(JSON.stringify(result)) as SubgraphResponse;
    },
    stop: async () => undefined,
  };
}
