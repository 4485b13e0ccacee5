import { resolveApiKey } from '@opsconductor/authz';
import { BadUserInput } from '@opsconductor/subgraph';
import type { Route } from '@opsconductor/subgraph';
import type { Identity } from '../subgraph.ts';

/** The internal route by which routers ask whose key they were given. */
export function apiKeyRoute(identity: Pick<Identity, 'resolveApiKey'>): Route {
  return {
    path: resolveApiKey.path,
    issuers: ['router'],
    async answer(body) {
      const { data, success } = resolveApiKey.request.safeParse(body);
      if (!success) throw new BadUserInput('This is no question about an API key.');
      return identity.resolveApiKey(data);
    },
  };
}
