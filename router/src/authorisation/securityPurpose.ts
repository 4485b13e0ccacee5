import { Kind, parse, print, visit } from 'graphql';
import type { ConstDirectiveNode } from 'graphql';
import { AUTHENTICATED, linksOf, REQUIRES_SCOPES } from './links.ts';

/**
 * The copy of the supergraph for the stock gateway, which loads no feature that is linked `for: SECURITY`. Takes the
 * purpose from the links of the features that this router enforces itself, and only from those, so that the gateway
 * still refuses any other.
 * @param supergraphSdl one that `assertEnforceable` has let pass
 */
export function withoutSecurityPurpose(supergraphSdl: string): string {
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const enforced = new Set(
    linksOf(supergraph)
      .filter(({ identity, purpose }) => purpose === 'SECURITY' && [AUTHENTICATED, REQUIRES_SCOPES].includes(identity))
      .map(({ node }) => node),
  );
  const withoutPurpose = (node: ConstDirectiveNode): ConstDirectiveNode => ({
    ...node,
    arguments: (node.arguments ?? []).filter(({ name }) => name.value !== 'for'),
  });
  return print(
    visit(supergraph, {
      [Kind.DIRECTIVE]: (node) =>
        enforced.has(node as ConstDirectiveNode) ? withoutPurpose(node as ConstDirectiveNode) : undefined,
    }),
  );
}
