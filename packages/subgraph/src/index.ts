export type { SubgraphCall, SubgraphRequest, SubgraphResponse } from './call.ts';
export { decodeCursor, encodeCursor, readPage, type Connection, type PageArguments } from './connections.ts';
export { BadUserInput, Unavailable } from './errors.ts';
export { isId, readId } from './ids.ts';
export { InvalidInput, Refusal, orRefusal, type RefusalData } from './refusal.ts';
export { readSdl } from './sdl.ts';
export { graphqlRoute, serveSubgraph, type Route, type SubgraphServer, type SubgraphServerOptions } from './server.ts';
export { createSubgraph, type Subgraph, type SubgraphOptions } from './subgraph.ts';
