import { NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';

/** Documents that a subgraph can execute at once: the router sends the same few again and again. */
export interface KnownDocuments {
  /** @returns undefined for a text that is no valid document of the schema: that is for the full way to tell */
  find(query: string): DocumentNode | undefined;
}

const KEPT_CHARACTERS = 8 * 1024 * 1024;
const rules = [...specifiedRules, NoSchemaIntrospectionCustomRule];

/** Keeps valid documents by their text; when there are too many characters, those that were kept longest go first. */
export function createKnownDocuments(schema: GraphQLSchema): KnownDocuments {
  const known = new Map<string, DocumentNode>();
  let characters = 0;

  function keep(query: string, document: DocumentNode): void {
    known.set(query, document);
    characters += query.length;
    for (const oldest of known.keys()) {
      if (characters <= KEPT_CHARACTERS) break;
      known.delete(oldest);
      characters -= oldest.length;
    }
  }

  return {
    find(query) {
      const document = known.get(query) ?? parseValid(query, schema);
      if (document && !known.has(query)) keep(query, document);
      return document;
    },
  };
}

function parseValid(query: string, schema: GraphQLSchema): DocumentNode | undefined {
  try {
    const document = parse(query);
    return validate(schema, document, rules).length === 0 ? document : undefined;
  } catch {
    return undefined;
  }
}
