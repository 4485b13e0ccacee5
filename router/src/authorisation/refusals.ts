import { GraphQLError } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import { missingOf } from './requirement.ts';
import type { SelectedField } from './selectedFields.ts';

/** Beyond it, what is refused in an answer is null without an error of its own: a long list must not become a longer one. */
export const REPORTED_AT_MOST = 500;

export type ResponsePath = readonly (string | number)[];

/** Collects one error for each refused field of an answer. */
export interface Refusals {
  readonly errors: readonly GraphQLError[];
  add(path: ResponsePath, field: SelectedField): void;
}

/**
 * @param reportsMissing whether `extensions.missing` tells what would be needed
 */
export function createRefusals(viewer: Viewer, reportsMissing: boolean): Refusals {
  const errors: GraphQLError[] = [];
  const wording =
    viewer.kind === 'anonymous'
      ? { message: 'Sign in first: this needs an access token.', code: 'UNAUTHENTICATED' }
      : { message: 'Unauthorized field or type', code: 'UNAUTHORIZED_FIELD_OR_TYPE' };
  return {
    errors,
    add(path, { refusedNodes, unmet }) {
      if (errors.length >= REPORTED_AT_MOST) return;
      const missing = reportsMissing ? { missing: missingOf([...new Set(unmet)], viewer) } : {};
      const extensions = { code: wording.code, ...missing };
      errors.push(new GraphQLError(wording.message, { nodes: [...new Set(refusedNodes)], path, extensions }));
    },
  };
}
