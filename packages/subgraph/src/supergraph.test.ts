import { readFileSync } from 'node:fs';
import { buildASTSchema, getNamedType, isInterfaceType, isLeafType, isObjectType, parse } from 'graphql';
import type { GraphQLNamedType } from 'graphql';

const supergraph = buildASTSchema(
  parse(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8')),
  { assumeValidSDL: true },
);

/** What a secret would be called. What is given to its owner once is the exception; so is `ApiKeyCreated.key`. */
const secretive = /password|passphrase|private|secret|sealed|apikey|token/i;
const exceptions = ['SignedIn.accessToken', 'SignedIn.refreshToken'];

/** A secret is text: whether there is one, or how many, may be said. */
function holdsText(type: GraphQLNamedType): boolean {
  return isLeafType(type) && !['Boolean', 'Int', 'Float'].includes(type.name);
}

test('no field of the graph has a secret for a value', () => {
  const values = Object.values(supergraph.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => holdsText(getNamedType(field.type)))
        .map((field) => ({ path: `${type.name}.${field.name}`, name: field.name })),
    );
  expect(values.length).toBeGreaterThan(100);
  const suspects = values.filter(({ path, name }) => secretive.test(name) && !exceptions.includes(path));
  expect(suspects.map(({ path }) => path)).toEqual([]);
});
