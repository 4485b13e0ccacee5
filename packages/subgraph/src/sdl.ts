import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import type { DocumentNode } from 'graphql';

const folder = new URL('../../../schema/', import.meta.url);

/** The SDL of one domain as the subgraph serves it: `schema/shared.graphql` before `schema/<domain>.graphql`. */
export function readSdl(domain: string): DocumentNode {
  return parse(readText('shared') + readText(domain));
}

function readText(name: string): string {
  return readFileSync(new URL(`${name}.graphql`, folder), 'utf8');
}
