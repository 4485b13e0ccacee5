/** `@apollo/gateway` and `@apollo/server` as their own documentation starts them. */
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import type { GraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { Pool } from 'undici';
import { offer } from '../../offer.ts';

export interface StockOptions {
  readonly supergraphSdl: string;
  /** True: instead of its own HTTP client, the shortest way over undici that works. */
  readonly hasLeanSource: boolean;
}

offer({
  /** @returns the address of the graph */
  async start({ supergraphSdl, hasLeanSource }: StockOptions) {
    const gateway = new ApolloGateway({
      supergraphSdl,
      buildService: ({ url = '' }) => (hasLeanSource ? createLeanSource(url) : new RemoteGraphQLDataSource({ url })),
    });
    const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
      listen: { host: '127.0.0.1', port: 0 },
    });
    return new URL('/graphql', url).href;
  },
});

function createLeanSource(url: string): GraphQLDataSource {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 64 });
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return {
    async process({ request: { query, variables, operationName } }) {
      const body = JSON.stringify({ query, variables, operationName });
      const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
      return (await answer.body.json()) as Awaited<ReturnType<GraphQLDataSource['process']>>;
    },
  };
}
