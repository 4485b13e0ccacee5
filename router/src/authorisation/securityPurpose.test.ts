/** Rule S7 of SPEC.md: the copy of the supergraph that the stock gateway gets. */
import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { parse, print, visit } from 'graphql';
import { readRequirements, withoutSecurityPurpose } from './requirements.ts';

const product = readFileSync('schema/supergraph.graphql', 'utf8');

async function rootFieldsIn(supergraphSdl: string): Promise<readonly string[]> {
  const gateway = new ApolloGateway({ supergraphSdl });
  try {
    return Object.keys((await gateway.load()).schema.getQueryType()?.getFields() ?? {});
  } finally {
    await gateway.stop();
  }
}

test('S7: the stock gateway loads the copy, and does not load the original', async () => {
  await expect(rootFieldsIn(product)).rejects.toThrow('SECURITY');
  expect(await rootFieldsIn(withoutSecurityPurpose(product))).toContain('executionEvents');
});

test('S7: nothing else is different in the copy', () => {
  const copy = withoutSecurityPurpose(product);
  const withoutFor = (sdl: string): string =>
    print(visit(parse(sdl), { Argument: ({ name }) => (name.value === 'for' ? null : undefined) }));
  expect(withoutFor(copy)).toBe(withoutFor(product));
  expect(copy).toContain('https://specs.apollo.dev/join/v0.5", for: EXECUTION');
  expect(copy).not.toContain('for: SECURITY');
  expect(readRequirements(copy)).toEqual(readRequirements(product));
});

test('S7: the purpose of what this router does not enforce stays, so that the gateway refuses it', async () => {
  const sdl = product.replace(
    '@link(url: "https://specs.apollo.dev/tag/v0.3")',
    '$& @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)',
  );
  const copy = withoutSecurityPurpose(sdl);
  expect(copy).toContain('policy/v0.1", for: SECURITY');
  await expect(rootFieldsIn(copy)).rejects.toThrow('policy');
});

test('S7: text that looks like a purpose is left alone', () => {
  const sdl = `
    "@link(url: \\"https://specs.apollo.dev/authenticated/v0.1\\", for: SECURITY)"
    schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(import: ["@authenticated"], for: SECURITY, url: "https://specs.apollo.dev/authenticated/v0.1") { query: Query }
    type Query @other(for: SECURITY) { a: String }
  `;
  const copy = withoutSecurityPurpose(sdl);
  expect(copy.match(/for: SECURITY/g)).toHaveLength(2);
  expect(copy).toContain('@link(import: ["@authenticated"], url: "https://specs.apollo.dev/authenticated/v0.1")');
});
