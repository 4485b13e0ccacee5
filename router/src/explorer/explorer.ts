/**
 * The explorer: GraphiQL, served from the npm packages that this router has installed. Anyone may load the page, which is
 * the same for all; it signs in through the graph, and shows the schema to those whom the graph shows it to.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { send } from '../http/exchange.ts';
import type { Exchange } from '../http/exchange.ts';
import { explorerPage, explorerPolicy } from './explorerPage.ts';

const packages = createRequire(import.meta.url);

/** Packages do not export what they have for browsers: it is found by where Node looks for the package. */
const of = (name: string, file: string) => () => {
  const folders = packages.resolve.paths(name) ?? [];
  const found = folders.map((folder) => join(folder, name, file)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`The package ${name} has no ${file}: install the dependencies again.`);
  return found;
};

const own = (name: string) => () => new URL(`client/${name}`, import.meta.url);

const JAVASCRIPT = 'text/javascript; charset=utf-8';
const CSS = 'text/css; charset=utf-8';

/** By the last part of their path. Looked up when they are asked for. */
const assets: ReadonlyMap<string, { readonly type: string; readonly locate: () => string | URL }> = new Map([
  ['react.js', { type: JAVASCRIPT, locate: of('react', 'umd/react.production.min.js') }],
  ['react-dom.js', { type: JAVASCRIPT, locate: of('react-dom', 'umd/react-dom.production.min.js') }],
  ['graphiql.js', { type: JAVASCRIPT, locate: of('graphiql', 'graphiql.min.js') }],
  ['graphiql.css', { type: CSS, locate: of('graphiql', 'graphiql.min.css') }],
  ['explorer.js', { type: JAVASCRIPT, locate: own('explorer.js') }],
  ['explorer.css', { type: CSS, locate: own('explorer.css') }],
]);

export interface Explorer {
  /** Answers `/explorer` and what is below it. */
  answer(exchange: Exchange): Promise<void>;
}

export function createExplorer(): Explorer {
  const compressed = new Map<string, Promise<Buffer>>();

  function load(name: string, locate: () => string | URL): Promise<Buffer> {
    const known = compressed.get(name);
    if (known) return known;
    const loading = readFile(locate()).then((bytes) => promisify(gzip)(bytes));
    compressed.set(name, loading);
    loading.catch(() => compressed.delete(name));
    return loading;
  }

  return {
    async answer({ response, url }) {
      if (url.pathname === '/explorer')
        return send(response, 200, explorerPage, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': explorerPolicy,
        });
      const name = url.pathname.slice('/explorer/'.length);
      const asset = assets.get(name);
      if (!asset) return send(response, 404, '');
      // Every browser of the last twenty years reads gzip.
      send(response, 200, await load(name, asset.locate), {
        'content-type': asset.type,
        'content-encoding': 'gzip',
        'cache-control': 'public, max-age=3600',
      });
    },
  };
}
