// Composes schema/supergraph.graphql from the SDL of the four domains, and schema/partner.graphql, the contract of what is
// tagged for partners, from that; with --check only compares.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { deriveContract } from '../router/src/contracts/deriveContract.ts';
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

let partnerSdl = '';
try {
  partnerSdl = deriveContract(supergraphSdl, 'partner');
} catch (error) {
  giveUp(error.message);
}
const committed = { supergraph: supergraphSdl, partner: partnerSdl };
for (const [name, sdl] of Object.entries(committed)) {
  if (!process.argv.includes('--check')) writeFileSync(join(root, 'schema', `${name}.graphql`), sdl);
  else if (read(name) !== sdl)
    giveUp(`schema/${name}.graphql is not what the subgraphs compose to: run npm run supergraph and commit it.`);
}
