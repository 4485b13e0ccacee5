import { Kind, valueFromASTUntyped } from 'graphql';
import type { ConstDirectiveNode, DocumentNode } from 'graphql';

/** A feature that a supergraph links (https://specs.apollo.dev/link/v1.0). */
export interface Link {
  /** As it is written. */
  readonly url: string;
  /** Without the version: `https://specs.apollo.dev/authenticated`. A URL that has none is its own identity. */
  readonly identity: string;
  /** Such as `0.1`; empty when the URL has none. */
  readonly version: string;
  /** `SECURITY`, `EXECUTION`, or null. */
  readonly purpose: string | null;
  /** The name that a directive of the feature has in this document, renames (`as`, `import`) included. */
  directiveName(name: string): string;
  /** The application of `@link` itself. */
  readonly node: ConstDirectiveNode;
}

export const LINK = 'https://specs.apollo.dev/link';
export const TAG = 'https://specs.apollo.dev/tag';
export const INACCESSIBLE = 'https://specs.apollo.dev/inaccessible';
export const AUTHENTICATED = 'https://specs.apollo.dev/authenticated';
export const REQUIRES_SCOPES = 'https://specs.apollo.dev/requiresScopes';
export const POLICY = 'https://specs.apollo.dev/policy';

/** Every link of the schema; none when the document does not link the link specification itself. */
export function linksOf(document: DocumentNode): readonly Link[] {
  const applications = document.definitions
    .filter(({ kind }) => kind === Kind.SCHEMA_DEFINITION || kind === Kind.SCHEMA_EXTENSION)
    .flatMap((definition) => ('directives' in definition ? (definition.directives ?? []) : []) as ConstDirectiveNode[]);
  const links = applications.map(linkOf);
  // @link can be renamed as any directive can: it is the one that links its own specification under its own name.
  const own = links.find(
    ({ identity, node, directiveName }) => identity === LINK && node.name.value === directiveName('link'),
  );
  return own ? links.filter(({ node }) => node.name.value === own.node.name.value) : [];
}

function linkOf(node: ConstDirectiveNode): Link {
  const { url: given, as, for: purpose, import: imports } = argumentsOf(node);
  const url = typeof given === 'string' ? given : '';
  const [, identity = url, version = ''] = /^(.+)\/v(\d+\.\d+)\/?$/.exec(url) ?? [];
  const specName = identity.slice(identity.lastIndexOf('/') + 1);
  return {
    url,
    identity,
    version,
    purpose: typeof purpose === 'string' ? purpose : null,
    directiveName: (name) => importedName(imports, name) ?? namespacedName(specName, as, name),
    node,
  };
}

/** `import: ["@live"]` keeps the name, `import: [{ name: "@live", as: "@fresh" }]` changes it. */
function importedName(imports: unknown, name: string): string | undefined {
  for (const item of Array.isArray(imports) ? (imports as unknown[]) : []) {
    const { name: imported, as = imported } = typeof item === 'string' ? { name: item } : (item as NameChange);
    if (imported === `@${name}`) return as.replace(/^@/, '');
  }
  return undefined;
}

interface NameChange {
  readonly name: string;
  readonly as?: string;
}

/** What is not imported bears the name of the feature; the directive named like the feature bears it alone. */
function namespacedName(specName: string, as: unknown, name: string): string {
  const namespace = typeof as === 'string' ? as : specName;
  return name === specName ? namespace : `${namespace}__${name}`;
}

function argumentsOf(node: ConstDirectiveNode): Record<string, unknown> {
  return Object.fromEntries((node.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}
