// Composes schema/supergraph.graphql from the SDL of the four domains; with --check only compares.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { giveUp, root } from './prepare.mjs';

const domains = ['identity', 'assets', 'automation', 'communication'];
const read = (name) => readFileSync(join(root, 'schema', `${name}.graphql`), 'utf8');

/** As packages/subgraph/src/sdl.ts reads a domain. */
const readDomain = (name) => {
  const folder = join(root, 'schema', name);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.graphql')) : [];
  const aggregates = files.sort().map((file) => `${name}/${file.slice(0, -'.graphql'.length)}`);
  return ['shared', name, ...aggregates].map(read).join('\n');
};

const { errors, hints, supergraphSdl } = composeServices(
  domains.map((name) => ({ name, url: `http://${name}`, typeDefs: parse(readDomain(name)) })),
);
if (errors) giveUp(`The subgraphs do not compose.\n${errors.map(({ message }) => `  ${message}`).join('\n')}`);
for (const hint of hints ?? []) console.warn(String(hint));

if (!process.argv.includes('--check')) writeFileSync(join(root, 'schema/supergraph.graphql'), supergraphSdl);
else if (read('supergraph') !== supergraphSdl)
  giveUp('schema/supergraph.graphql is not what the subgraphs compose to: run npm run supergraph and commit it.');
