import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parse } from 'graphql';
import type { DocumentNode } from 'graphql';

const folder = new URL('../../../schema/', import.meta.url);

/**
 * The SDL of one domain as the subgraph serves it: `schema/shared.graphql`, `schema/<domain>.graphql`, and what the domain
 * has besides in `schema/<domain>/*.graphql`, one file per aggregate, which extend the root types.
 */
export function readSdl(domain: string): DocumentNode {
  return parse(['shared', domain, ...listAggregates(domain)].map(readText).join('\n'));
}

function listAggregates(domain: string): string[] {
  const directory = new URL(`${domain}/`, folder);
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((file) => file.endsWith('.graphql'));
  return files.sort().map((file) => `${domain}/${file.slice(0, -'.graphql'.length)}`);
}

function readText(name: string): string {
  return readFileSync(new URL(`${name}.graphql`, folder), 'utf8');
}
