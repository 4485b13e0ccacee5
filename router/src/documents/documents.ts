/**
 * Documents that clients name instead of sending them: trusted ones, written down in manifests when a client is built, and
 * automatic ones, which clients register themselves (Apollo's automatic persisted queries).
 */
import { LRUCache } from 'lru-cache';
import type { Log } from '@opsconductor/telemetry';
import { refuse } from '../errors/requestRefused.ts';
import type { RouterMetrics } from '../metrics.ts';
import { digestOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/**
 * What becomes of a document that is in no manifest: `off` it runs; `log` it runs and is logged, to see what a safelist
 * would refuse; `safelist` it is refused; `ids` even a trusted one is refused unless it is named by its identifier.
 */
export type SafelistMode = 'off' | 'log' | 'safelist' | 'ids';

export interface DocumentSettings {
  /** By the name that the client gives in `apollographql-client-name` or `graphql-client-name`. */
  readonly manifests: ReadonlyMap<string, Manifest>;
  readonly mode: SafelistMode;
  /** Whether clients may register documents. There is no sense in it with a safelist. */
  readonly automatic: boolean;
}

/** What a client sent of its document. */
export interface AskedDocument {
  readonly query?: string | undefined;
  /** Of a trusted document, or the SHA-256 of an automatic one; with or without `sha256:` before it. */
  readonly documentId?: string | undefined;
  readonly clientName?: string | undefined;
}

export interface FoundDocument {
  readonly query: string;
  /** Called once the document has been executed, so that nothing invalid is ever kept. */
  readonly keep: () => void;
}

export interface Documents {
  /** @throws {RequestRefused} PERSISTED_QUERY_*, QUERY_NOT_IN_SAFELIST, or BAD_USER_INPUT */
  find(asked: AskedDocument): FoundDocument;
}

const KEPT_DOCUMENTS = 1_000;
const KEPT_CHARACTERS = 4 * 1024 * 1024;
const nothing = (): void => undefined;

export function createDocuments(
  { manifests, mode, automatic }: DocumentSettings,
  { metrics, log }: { metrics: Pick<RouterMetrics, 'documents'>; log: Log },
): Documents {
  const trustedTexts = new Set([...manifests.values()].flatMap((manifest) => [...manifest.values()]));
  const kept = new LRUCache<string, string>({
    max: KEPT_DOCUMENTS,
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: (text) => text.length + 1,
  });

  /** The client's own manifest counts first: two clients may mean different documents by one identifier. */
  function findTrusted(id: string, clientName: string | undefined): string | undefined {
    const own = clientName === undefined ? undefined : manifests.get(clientName);
    if (own) return own.get(id);
    for (const manifest of manifests.values()) if (manifest.has(id)) return manifest.get(id);
    return undefined;
  }

  function findNamed(id: string, { query, clientName }: AskedDocument): FoundDocument | undefined {
    const trusted = findTrusted(id, clientName);
    if (trusted !== undefined) {
      if (query !== undefined && query !== trusted)
        throw refuse('BAD_USER_INPUT', 'The document and its identifier do not belong together.');
      metrics.documents.inc({ kind: 'trusted' });
      return { query: trusted, keep: nothing };
    }
    if (automatic) return findAutomatic(id, query);
    if (query !== undefined) return undefined;
    throw manifests.size > 0
      ? refuse('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')
      : refuse('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported');
  }

  function findAutomatic(id: string, query: string | undefined): FoundDocument {
    if (query === undefined) {
      const known = kept.get(id);
      if (known === undefined) throw refuse('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');
      requireListed(known);
      metrics.documents.inc({ kind: 'automatic' });
      return { query: known, keep: nothing };
    }
    if (digestOf(query) !== id) throw refuse('BAD_USER_INPUT', 'sha256Hash is not the digest of the document.');
    requireListed(query);
    metrics.documents.inc({ kind: 'text' });
    return { query, keep: () => kept.set(id, query) };
  }

  function requireListed(query: string): void {
    if (mode === 'off' || (mode !== 'ids' && trustedTexts.has(query))) return;
    metrics.documents.inc({ kind: 'untrusted' });
    if (mode === 'log') return log.warn({ digest: digestOf(query) }, 'document.untrusted');
    throw mode === 'ids'
      ? refuse('PERSISTED_QUERY_ID_REQUIRED', 'Name a trusted document by its documentId: texts are not run here.')
      : refuse('QUERY_NOT_IN_SAFELIST', 'This document is not in the safelist.');
  }

  return {
    find(asked) {
      const { query, documentId } = asked;
      const found = documentId === undefined ? undefined : findNamed(documentId.replace(/^sha256:/, ''), asked);
      if (found) return found;
      if (query === undefined) throw refuse('BAD_USER_INPUT', 'query must be a text.');
      requireListed(query);
      metrics.documents.inc({ kind: 'text' });
      return { query, keep: nothing };
    },
  };
}
