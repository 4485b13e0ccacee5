import type { DocumentNode, GraphQLSchema } from 'graphql';
import { filterOperation } from './filterOperation.ts';
import type { FilteredOperation } from './filterOperation.ts';
import { guardOperation } from './guards.ts';
import type { GuardedOperation } from './guards.ts';
import type { Requirements } from './readRequirements.ts';
import type { Requirement } from './requirement.ts';
import { createSchemaRequirements } from './schemaRequirements.ts';

/** An operation with what it needs, and what is left of it for those who lack something. */
export interface PreparedOperation {
  readonly guarded: GuardedOperation;
  /** @param unmet some of the requirements of `guarded`, in their order */
  filter(unmet: readonly Requirement[]): FilteredOperation;
}

/** Keeps what was worked out for as long as the document itself is kept. */
export interface PreparedOperations {
  prepare(document: DocumentNode, operationName: string | null | undefined): PreparedOperation | null;
}

export function createPreparedOperations(
  schema: GraphQLSchema,
  requirements: Requirements,
  options: { readonly isSchemaPublic?: boolean } = {},
): PreparedOperations {
  const schemaRequirements = createSchemaRequirements(schema, requirements, options);
  const byDocument = new WeakMap<DocumentNode, Map<string, PreparedOperation>>();
  return {
    prepare(document, operationName) {
      const byName = byDocument.get(document) ?? new Map<string, PreparedOperation>();
      byDocument.set(document, byName);
      const known = byName.get(operationName ?? '');
      if (known) return known;
      const guarded = guardOperation(document, operationName, schemaRequirements);
      if (!guarded) return null;
      const prepared = { guarded, filter: createFilters(guarded) };
      byName.set(operationName ?? '', prepared);
      return prepared;
    },
  };
}

/** Groups of viewers, told apart by what they are refused, whose filtered document is kept with each operation. */
const KEPT_PER_OPERATION = 16;

function createFilters(guarded: GuardedOperation): PreparedOperation['filter'] {
  const kept = new Map<string, FilteredOperation>();
  return (unmet) => {
    const key = unmet.map((requirement) => guarded.requirements.indexOf(requirement)).join();
    const known = kept.get(key);
    if (known) return known;
    if (kept.size >= KEPT_PER_OPERATION) kept.clear();
    const filtered = filterOperation(guarded, new Set(unmet));
    kept.set(key, filtered);
    return filtered;
  };
}
