// Composes schema/supergraph.graphql from the SDL of the four domains; with --check only compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { giveUp, root } from './prepare.mjs';

const domains = ['identity', 'assets', 'automation', 'communication'];
const read = (name) => readFileSync(join(root, 'schema', `${name}.graphql`), 'utf8');

const { errors, hints, supergraphSdl } = composeServices(
  domains.map((name) => ({ name, url: `http://${name}`, typeDefs: parse(read('shared') + read(name)) })),
);
if (errors) giveUp(`The subgraphs do not compose.\n${errors.map(({ message }) => `  ${message}`).join('\n')}`);
for (const hint of hints ?? []) console.warn(String(hint));

if (!process.argv.includes('--check')) writeFileSync(join(root, 'schema/supergraph.graphql'), supergraphSdl);
else if (read('supergraph') !== supergraphSdl)
  giveUp('schema/supergraph.graphql is not what the subgraphs compose to: run npm run supergraph and commit it.');
