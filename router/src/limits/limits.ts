/**
 * How large an operation may be, decided on the bare document, before validation and in time linear in its text: what
 * a fragment adds is counted once and multiplied where it is spread, never written out.
 */
import { GraphQLError, parse } from 'graphql';
import type { DocumentNode } from 'graphql';
import type { Viewer } from '@opsconductor/authz';
import { measureDocument } from './measureDocument.ts';
import type { DocumentSize } from './measureDocument.ts';

export interface LimitsConfig {
  /** Characters of a document from someone who has not signed in. Theirs are short: they sign in. */
  readonly anonymousCharacters: number;
  /** Lexical tokens of the text. */
  readonly tokens: number;
  /** Fields inside fields; a root field is 1. */
  readonly depth: number;
  /** The same below `__schema` and `__type`. The query that tools send needs 15. */
  readonly introspectionDepth: number;
  /** Aliased fields with fragments written out, those of `__typename` included. */
  readonly aliases: number;
  /** Directives of one operation, with fragments written out. */
  readonly directives: number;
  /** Root fields of one operation, with fragments written out. */
  readonly rootFields: number;
  /** Fields of one operation with fragments written out: bounds what a few nested fragments can grow to. */
  readonly fields: number;
  /** Root fields of which a document may ask one, once: what costs a password hash or guesses a secret. */
  readonly sensitiveRootFields: readonly string[];
}

export const defaultLimits: LimitsConfig = {
  anonymousCharacters: 2_000,
  tokens: 5_000,
  depth: 15,
  introspectionDepth: 20,
  aliases: 50,
  directives: 50,
  rootFields: 20,
  fields: 2_000,
  sensitiveRootFields: ['signIn', 'completeSetup', 'refreshSession'],
};

export interface Limits {
  /**
   * Comes first. Validation compares the fields of a document with each other: what the limits allow can take it half a
   * second, which is not for strangers to spend.
   * @throws {GraphQLError} with the code UNAUTHENTICATED
   */
  admitDocument(source: string, viewer: Viewer): void;
  /** @throws {GraphQLError} with the code GRAPHQL_PARSE_FAILED or MAX_TOKENS_LIMIT */
  parseOperation(source: string): DocumentNode;
  /**
   * One error for each limit that the document exceeds, with `limit` and `actual` in its extensions; none: go on to
   * validation. Says nothing about whether the
   * document is valid, and needs no valid one: fragments may be missing or spread in a circle.
   */
  checkDocument(document: DocumentNode): readonly GraphQLError[];
}

export function createLimits(config: Partial<LimitsConfig> = {}): Limits {
  const limits = { ...defaultLimits, ...config };
  return {
    admitDocument: (source, viewer) => admitWithin(source, viewer, limits.anonymousCharacters),
    parseOperation: (source) => parseWithin(source, limits.tokens),
    checkDocument: (document) => excessesOf(measureDocument(document, limits.sensitiveRootFields), limits),
  };
}

function admitWithin(source: string, { kind }: Viewer, anonymousCharacters: number): void {
  if (kind !== 'anonymous' || source.length <= anonymousCharacters) return;
  throw fault(
    'UNAUTHENTICATED',
    `Sign in first: without a token, a document has at most ${figure(anonymousCharacters)} characters.`,
  );
}

function parseWithin(source: string, maxTokens: number): DocumentNode {
  try {
    return parse(source, { maxTokens });
  } catch (error) {
    throw parseFault(error, maxTokens);
  }
}

function parseFault(error: unknown, maxTokens: number): GraphQLError {
  // The parser descends recursively: some thousand brackets exhaust the stack before they exhaust the tokens.
  if (error instanceof RangeError)
    return fault('GRAPHQL_PARSE_FAILED', 'The document is nested too deeply to be read.');
  if (!(error instanceof GraphQLError)) throw error;
  if (error.message.endsWith('tokens. Parsing aborted.'))
    return fault('MAX_TOKENS_LIMIT', `The document has more than ${figure(maxTokens)} tokens, which is the limit.`, {
      limit: maxTokens,
    });
  const { source, positions } = error;
  return new GraphQLError(error.message, { source, positions, extensions: { code: 'GRAPHQL_PARSE_FAILED' } });
}

function excessesOf(size: DocumentSize, limits: LimitsConfig): readonly GraphQLError[] {
  const found: GraphQLError[] = [];
  const check = (code: string, noun: string, actual: number, limit: number): void => {
    const text = `The operation has ${figure(actual)} ${noun}; the limit is ${figure(limit)}.`;
    if (actual > limit) found.push(fault(code, text, { limit, actual }));
  };
  check('MAX_DEPTH_LIMIT', 'levels of fields', size.depth, limits.depth);
  check('MAX_DEPTH_LIMIT', 'levels of introspection', size.introspectionDepth, limits.introspectionDepth);
  check('MAX_ALIASES_LIMIT', 'aliases', size.aliases, limits.aliases);
  check('MAX_DIRECTIVES_LIMIT', 'directives', size.directives, limits.directives);
  check('MAX_ROOT_FIELDS_LIMIT', 'root fields', size.rootFields, limits.rootFields);
  check('MAX_TOKENS_LIMIT', 'fields with its fragments written out', size.fields, limits.fields);
  if (size.sensitiveRootFields > 1) {
    const names = limits.sensitiveRootFields.join(', ');
    const text = `The document asks ${figure(size.sensitiveRootFields)} times for one of ${names}; the limit is once.`;
    found.push(fault('MAX_ROOT_FIELDS_LIMIT', text, { limit: 1, actual: size.sensitiveRootFields }));
  }
  return found;
}

function fault(code: string, message: string, figures: { limit?: number; actual?: number } = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...figures } });
}

function figure(count: number): string {
  return count.toLocaleString('en-US');
}
