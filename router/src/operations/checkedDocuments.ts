import { parse } from 'graphql';
import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { RequestRefused } from '../errors/requestRefused.ts';
import type { Limits } from '../limits/limits.ts';
import type { RouterMetrics } from '../metrics.ts';
import { asksForSchema } from './introspection.ts';
import { requirePlainRoots } from './subscriptionRoots.ts';

/** A document within the limits. What is worked out from it is kept by its identity, and goes when it goes. */
export interface CheckedDocument {
  readonly document: DocumentNode;
  readonly asksForSchema: boolean;
}

export interface CheckedDocuments {
  /** @throws {RequestRefused | GraphQLError} the text cannot be parsed, or is beyond a limit */
  check(source: string): CheckedDocument;
  /** The document of a text that the router has written itself. */
  parseOwn(source: string): DocumentNode;
}

const REMEMBERED_DOCUMENTS = 2_000;
const REMEMBERED_CHARACTERS = 16 * 1024 * 1024;

/** Documents by their text, the least recently used given up first. */
export function createCheckedDocuments(limits: Limits, metrics: RouterMetrics): CheckedDocuments {
  const checked = createCache<CheckedDocument>();
  const own = createCache<DocumentNode>();
  return {
    check(source) {
      const known = checked.get(source);
      metrics.documentCache.inc({ result: known ? 'hit' : 'miss' });
      if (known) return known;
      const document = limits.parseOperation(source);
      const errors = limits.checkDocument(document);
      if (errors.length > 0) throw new RequestRefused(errors);
      requirePlainRoots(document);
      const fresh = { document, asksForSchema: asksForSchema(document) };
      checked.set(source, fresh);
      return fresh;
    },
    parseOwn(source) {
      const known = own.get(source);
      if (known) return known;
      const document = parse(source);
      own.set(source, document);
      return document;
    },
  };
}

function createCache<Value extends object>(): LRUCache<string, Value> {
  return new LRUCache<string, Value>({
    max: REMEMBERED_DOCUMENTS,
    maxSize: REMEMBERED_CHARACTERS,
    sizeCalculation: (_document, source) => source.length + 1,
  });
}
