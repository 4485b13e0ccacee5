import { readFileSync } from 'node:fs';
import { Kind, parse } from 'graphql';

const supergraph = parse(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8'));

/** What a secret would be called. A token that is given to its owner once, at sign-in, is the exception. */
const secretive = /password|passphrase|private|secret|sealed|apikey|token/i;
const exceptions = ['SignedIn.accessToken', 'SignedIn.refreshToken'];

test('no field of the graph has a secret for a value', () => {
  const fields = supergraph.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? (definition.fields ?? []).map((field) => `${definition.name.value}.${field.name.value}`)
      : [],
  );
  expect(fields.length).toBeGreaterThan(100);
  expect(fields.filter((field) => secretive.test(field.split('.')[1] ?? '') && !exceptions.includes(field))).toEqual(
    [],
  );
});
