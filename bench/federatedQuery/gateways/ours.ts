/** The product's router as its own `main.ts` wires it, on the subgraphs of this bench. */
import { createAssertionSigner, generateSigningKey } from '@opsconductor/authz';
import type { WakeUps } from '@opsconductor/events';
import { createAuthenticator, createLimits, createRouter, inProcess, overHttp } from '@opsconductor/router';
import { createLog, createMetrics } from '@opsconductor/telemetry';
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { offer } from '../../offer.ts';
import { createSubgraph, names } from '../subgraphs/subgraphs.ts';

export interface OurOptions {
  readonly supergraphSdl: string;
  readonly publicKeys: JSONWebKeySet;
  /** Of the subgraphs' process; null runs them in this one. */
  readonly subgraphsUrl: string | null;
}

offer({
  /** @returns the address of the graph */
  async start({ supergraphSdl, publicKeys, subgraphsUrl }: OurOptions) {
    const signAssertion = createAssertionSigner(generateSigningKey(), 'router');
    const transport = (name: (typeof names)[number]) =>
      subgraphsUrl === null
        ? inProcess(createSubgraph(name))
        : overHttp({ name, urls: [`${subgraphsUrl}/${name}/graphql`], signAssertion });
    const keys = createLocalJWKSet(publicKeys);
    const authenticator = createAuthenticator({ keys, issuer: 'opsconductor', audience: 'opsconductor' });
    const router = await createRouter({
      supergraphSdl,
      subgraphs: Object.fromEntries(names.map((name) => [name, transport(name)])),
      authenticate: (credential) => authenticator.authenticate(credential),
      wakeUps: noWakeUps,
      limits: createLimits(),
      log: createLog('router'),
      metrics: createMetrics(),
      settings: { budgets: { user: { requestsPerMinute: 1e9, costPerMinute: 1e12 } } },
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
