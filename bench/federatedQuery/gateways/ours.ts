/** The product's router as its own `main.ts` wires it, on the subgraphs of this bench. */
import { anonymous, createAssertionSigner, generateSigningKey } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import { createAuthenticator, createLimits, createRouter, inProcess, overHttp } from '@opsconductor/router';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { offer } from '../../offer.ts';
import { createSubgraph, names } from '../subgraphs/subgraphs.ts';

export interface OurOptions {
  readonly supergraphSdl: string;
  /** Verify the access tokens; null admits everybody, and tells subgraphs of nobody: what the stock gateway does. */
  readonly publicKeys: JSONWebKeySet | null;
  /** Of the subgraphs' process; null runs them in this one. */
  readonly subgraphsUrl: string | null;
}

offer({
  /** @returns the address of the graph */
  async start({ supergraphSdl, publicKeys, subgraphsUrl }: OurOptions) {
    const isOpen = publicKeys === null;
    const signing = isOpen ? {} : { signAssertion: createAssertionSigner(generateSigningKey(), 'router') };
    const transport = (name: (typeof names)[number]) =>
      subgraphsUrl === null
        ? inProcess(createSubgraph(name))
        : overHttp({ name, urls: [`${subgraphsUrl}/${name}/graphql`], ...signing });
    const keys = createLocalJWKSet(publicKeys ?? { keys: [] });
    const authenticator = createAuthenticator({ keys, issuer: 'opsconductor', audience: 'opsconductor' });
    const unlimited = { requestsPerMinute: 1e9, costPerMinute: 1e12 };
    const router = await createRouter({
      supergraphSdl,
      subgraphs: Object.fromEntries(names.map((name) => [name, transport(name)])),
      isOpen,
      authenticate: isOpen ? async () => anonymous : (credential) => authenticator.authenticate(credential),
      wakeUps: noWakeUps,
      limits: createLimits({ anonymousCharacters: 10_000 }),
      log: createLog('router'),
      metrics: createMetrics(),
      settings: { budgets: { user: unlimited, stranger: unlimited } },
    });
    return `${await router.listen({ host: '127.0.0.1', port: 0 })}/graphql`;
  },
});

/** There are no subscriptions here. */
const noWakeUps: WakeUps = {
  listen: () => () => undefined,
  announce: async () => undefined,
  isConnected: () => true,
  close: async () => undefined,
};
