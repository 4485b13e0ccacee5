import { parseArgs } from 'node:util';

/** What the router is told when it runs by itself: `npm run router`. */
export interface RouterArguments {
  /** File of the supergraph; undefined to compose it from the subgraphs. */
  readonly supergraphFile: string | undefined;
  /** Addresses of subgraphs, in place of those in the supergraph. Several of one subgraph share its calls. */
  readonly subgraphUrls: ReadonlyMap<string, readonly string[]>;
  readonly host: string;
  readonly port: number;
}

export const usage = `
npm run router -- --supergraph <file> [--port 4000] [--host 127.0.0.1] [--subgraph <name>=<url>]...

Serves any supergraph at /graphql, to everybody who can reach the address: nobody has to sign in, and the schema may be
introspected. Subgraphs are called at the addresses that the supergraph names, or at those given with --subgraph (repeat
it for several addresses of one). The file is read again when it changes. Without --supergraph, the supergraph is
composed from the subgraphs that --subgraph names.`;

/** @throws Error with a sentence that says what is wrong */
export function readArguments(given: readonly string[]): RouterArguments {
  const { values } = parseArgs({
    args: [...given],
    options: {
      supergraph: { type: 'string' },
      subgraph: { type: 'string', multiple: true, default: [] },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string', default: '4000' },
    },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port ${values.port} is no port.`);
  const subgraphUrls = new Map<string, string[]>();
  for (const text of values.subgraph) {
    const [, name = '', url = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new Error(`--subgraph ${text} is not a name and an http address, as users=http://127.0.0.1:4001/graphql.`);
    subgraphUrls.set(name, [...(subgraphUrls.get(name) ?? []), url]);
  }
  if (values.supergraph === undefined && subgraphUrls.size === 0)
    throw new Error('Name the file of a supergraph with --supergraph, or subgraphs to compose with --subgraph.');
  return { supergraphFile: values.supergraph, subgraphUrls, host: values.host, port };
}
