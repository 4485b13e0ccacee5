import { BREAK, visit } from 'graphql';
import type { DocumentNode } from 'graphql';
import { may } from '@opsconductor/authz';
import type { Viewer } from '@opsconductor/authz';
import { refuse } from '../errors/requestRefused.ts';

/** True when the document asks for the schema. `__typename` does not. */
export function asksForSchema(document: DocumentNode): boolean {
  let asks = false;
  visit(document, {
    Field({ name }) {
      if (name.value !== '__schema' && name.value !== '__type') return undefined;
      asks = true;
      return BREAK;
    },
  });
  return asks;
}

/** @throws {RequestRefused} the viewer may not read the schema */
export function requireSchemaReader(viewer: Viewer): void {
  if (may(viewer, 'schema:read')) return;
  throw viewer.kind === 'anonymous'
    ? refuse('UNAUTHENTICATED', 'Sign in first: the schema needs an access token.')
    : refuse('FORBIDDEN', 'This needs the permission schema:read.');
}
