import { randomUUID } from 'node:crypto';
import { parse, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { UserViewer } from '@opsconductor/authz';
import type { Operations } from '../operations/operations.ts';
import type { CheckAccess } from './accessWatch.ts';

/** What the graph says of the one who asks: which of the token's permissions they still hold. */
const VIEWER_QUERY = 'query AccessCheck { viewer { permissions } }';
const CHECK_MS = 5_000;

/** @returns undefined when the graph has no `viewer` to ask for */
export function createViewerCheck(
  schema: GraphQLSchema,
  { execute }: Pick<Operations, 'execute'>,
): CheckAccess | undefined {
  if (validate(schema, parse(VIEWER_QUERY)).length > 0) return undefined;
  return async (viewer) => {
    const caller = { viewer, requestId: randomUUID(), signal: AbortSignal.timeout(CHECK_MS) };
    const { data, errors } = await execute({ query: VIEWER_QUERY }, caller);
    const held = (data?.['viewer'] as { permissions: string[] } | null | undefined)?.permissions;
    if (held) return holdsStill(viewer, held);
    const codes = errors?.map(({ extensions }) => extensions?.['code']) ?? [];
    if (codes.length > 0 && codes.every((code) => code === 'UNAUTHENTICATED')) return false;
    throw new Error(`The graph does not say who the viewer is: ${codes.join()}`);
  };
}

function holdsStill({ permissions }: UserViewer, held: readonly string[]): boolean {
  const left = new Set(held);
  return [...permissions].every((permission) => left.has(permission));
}
