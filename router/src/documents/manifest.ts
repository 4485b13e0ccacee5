/** Manifests of trusted documents: what a client's build wrote down of the operations that the client will ever send. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The documents of one client by their identifier. */
export type Manifest = ReadonlyMap<string, string>;

/** `generate-persisted-query-manifest` of Apollo. */
const apolloManifest = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

/** What Relay, GraphQL Code Generator and most others write: identifier to text. */
const plainManifest = z.record(z.string().min(1), z.string().min(1));

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * @param text JSON in one of the two forms above
 * @throws {Error} it is neither, or an identifier that looks like a SHA-256 digest is not the one of its text
 */
export function parseManifest(text: string): Manifest {
  const documents = entriesOf(JSON.parse(text));
  for (const [id, document] of documents)
    if (SHA256.test(id) && id !== digestOf(document))
      throw new Error(`The document ${id} was changed after it had been written down: its digest is another one.`);
  return new Map(documents);
}

function entriesOf(value: unknown): [string, string][] {
  const apollo = apolloManifest.safeParse(value);
  if (apollo.success) return apollo.data.operations.map(({ id, body }) => [id, body]);
  const plain = plainManifest.safeParse(value);
  if (plain.success) return Object.entries(plain.data).map(([id, document]) => [id.replace(/^sha256:/, ''), document]);
  throw new Error('It is no Apollo persisted query manifest of version 1, and no object of identifiers and documents.');
}

export function digestOf(document: string): string {
  return createHash('sha256').update(document).digest('hex');
}

/**
 * Reads a folder of manifests: `console.json` holds the documents of the client `console`.
 * @throws {Error} with the name of the file that cannot be used
 */
export function readManifests(directory: string): ReadonlyMap<string, Manifest> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  return new Map(
    files.map((file) => {
      try {
        return [file.slice(0, -'.json'.length), parseManifest(readFileSync(join(directory, file), 'utf8'))];
      } catch (error) {
        throw new Error(`The manifest ${join(directory, file)} cannot be used. ${(error as Error).message}`, {
          cause: error,
        });
      }
    }),
  );
}
