import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { names, sdlOf } from './subgraphs/subgraphs.ts';

/**
 * @param baseUrl of the subgraphs' process
 * @param isProtected see `sdlOf`
 */
export function composeSupergraph(baseUrl: string, isProtected: boolean): string {
  const services = names.map((name) => ({
    name,
    url: `${baseUrl}/${name}/graphql`,
    typeDefs: parse(sdlOf(name, isProtected)),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (!supergraphSdl) throw new Error(`The subgraphs do not compose: ${errors?.join('\n')}`);
  return supergraphSdl;
}
